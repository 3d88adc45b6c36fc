extension ReportPage {
  /// One column for reading, tables as wide as they need. Both ramps of colours keep a contrast of 4.5 to 1 under their
  /// numbers, in light and in dark.
  static let style = """
    :root{color-scheme:light dark;--paper:#fbfaf7;--card:#fff;--ink:#1a2330;--soft:#535e6c;--line:#e2dfd6;--rest:#ebe8e0;\
    --fill:#0f766e;--chance:#a8a294;--crossing:#c2410c;--limit:#1a2330;--accent:#0b6b64;--z:#f4f2ec;\
    --w1:#fff0de;--w2:#fedcb4;--w3:#fdbf86;--w4:#fb9c62;--w5:#f07a4c;--w6:#c9301c;--w7:#8f0d0d;\
    --t1:#e3f4f1;--t2:#c2e7e1;--t3:#98d5cc;--t4:#66bdb1;--t5:#3aa498;--t6:#0f766e;--t7:#08504b;--low:#1a2330;--high:#fff}
    @media (prefers-color-scheme:dark){:root{--paper:#10151b;--card:#171e26;--ink:#e8ecf1;--soft:#a4b0be;--line:#2a3440;--rest:#26303b;\
    --fill:#2dbfae;--chance:#6b7785;--crossing:#f0824a;--limit:#e8ecf1;--accent:#5fd6c8;--z:#141a21;\
    --w1:#2b1b13;--w2:#472717;--w3:#6b351a;--w4:#96431c;--w5:#e27537;--w6:#f69a62;--w7:#ffc9a3;\
    --t1:#0e2523;--t2:#113936;--t3:#14504b;--t4:#176a63;--t5:#2ba598;--t6:#5cc9bc;--t7:#a8ebe2;--low:#e8ecf1;--high:#0b1016}
    .w5,.w6,.w7,.t5,.t6,.t7{--number:var(--high)}}
    *{box-sizing:border-box}
    body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif;\
    font-variant-numeric:tabular-nums}
    header,main,footer{max-width:66rem;margin:0 auto;padding:0 clamp(1rem,4vw,2.5rem)}
    header{padding-top:clamp(1.5rem,5vw,3.5rem)}
    .over,.lead,caption,footer,dt,.tiles{color:var(--soft)}
    .over{margin:0;font-size:.85rem;letter-spacing:.02em}
    h1{margin:.3rem 0 .6rem;font-weight:500;font-size:clamp(1.15rem,3vw,1.6rem);line-height:1.25}
    h1 strong{display:block;font-weight:700;font-size:clamp(3.2rem,13vw,6.5rem);line-height:1;letter-spacing:-.03em;color:var(--accent);\
    white-space:nowrap}
    .lead{max-width:46rem;margin:.2rem 0 1.4rem}
    h2{margin:0 0 .4rem;font-size:1.3rem;letter-spacing:-.01em}
    section{margin:1.25rem 0;padding:clamp(1rem,3vw,1.75rem);background:var(--card);border:1px solid var(--line);border-radius:14px}
    section>p{max-width:46rem;margin:.2rem 0 1rem}
    .tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(8rem,1fr));gap:.5rem 1.5rem;list-style:none;margin:1.6rem 0;padding:0}
    .tiles li{border-top:2px solid var(--line);padding-top:.4rem}
    .tiles b{display:block;color:var(--ink);font-size:1.5rem;line-height:1.2;font-weight:650}
    table{border-collapse:collapse;width:100%}
    caption{caption-side:top;text-align:left;font-size:.85rem;padding:0 0 .35rem}
    th,td{padding:.35rem .6rem;text-align:left;vertical-align:middle;border-bottom:1px solid var(--line)}
    th:first-child,td:first-child{padding-left:0}
    thead th{font-size:.8rem;font-weight:600;color:var(--soft);border-bottom-color:var(--soft)}
    tbody th{font-weight:600}
    .n{text-align:right;white-space:nowrap}.whole{white-space:nowrap}
    .wide{width:30%;min-width:6rem}.narrow{width:16%;min-width:3.5rem}
    .versus{max-width:46rem}
    .versus th{font-weight:500;white-space:nowrap;width:1%}
    .versus th,.versus td{border:0;padding:.2rem .6rem .2rem 0}
    .versus .wide{width:auto}
    .bar{display:block;width:100%;height:.85rem;border-radius:3px}
    .versus .bar{height:1.25rem}
    .rest{fill:var(--rest)}.fill{fill:var(--fill)}.stay{fill:var(--t4)}.chance{fill:var(--chance)}.crossing{fill:var(--crossing)}.limit{fill:var(--limit)}
    .scroll{overflow-x:auto;margin:0 0 1rem;position:relative}
    .scroll:focus-visible,summary:focus-visible,.grid td:focus-visible{outline:3px solid var(--accent);outline-offset:1px}
    summary{cursor:pointer;font-weight:600;padding:.3rem 0}
    .hidden{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
    dl{margin:0}dd{margin:0 0 .8rem;max-width:46rem}
    .formula{display:inline-block;margin-top:.2rem;color:var(--ink)}
    .pairs{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1.2rem;margin-bottom:1rem}
    .pairs dd{margin:0;overflow-wrap:anywhere}
    .legend{display:flex;flex-wrap:wrap;gap:.25rem 1rem;list-style:none;margin:0 0 .6rem;padding:0;font-size:.85rem}
    .legend i{display:inline-block;width:.95rem;height:.95rem;vertical-align:-.12rem;margin-right:.15rem;border-radius:2px}
    .legend .key{font-weight:600}
    #readout{min-height:1.6rem;font-size:.95rem}
    #readout:empty{display:none}
    .grid{width:auto;font-size:.72rem;line-height:1.2}.grid caption{white-space:nowrap}
    .grid th{border:0;padding:.1rem .35rem;white-space:nowrap;font-weight:600}
    .grid thead th{text-align:center}
    .grid tbody th{position:sticky;left:0;background:var(--card);z-index:1;text-align:right}
    .grid td{border:1px solid var(--card);padding:.15rem .3rem;height:1.9rem;min-width:2.2rem;text-align:right;color:var(--number,var(--low))}
    .grid thead td{border:0}
    .grid tr>:is(td,th):first-child{padding-left:0}
    .grid td.cross{box-shadow:inset 0 0 0 1px var(--soft)}
    .dense td{width:.9rem;min-width:.9rem;height:.9rem;padding:0;font-size:0;border-width:.5px}
    .dense thead th{font-size:.55rem;padding:0;width:.9rem;min-width:.9rem;max-width:.9rem;overflow:hidden}
    .dense tbody th{font-size:.62rem;line-height:.9rem;padding:0 .35rem 0 0}
    .some td{width:1.3rem;min-width:1.3rem;height:1.3rem}.some thead th{font-size:.6rem;width:1.3rem;min-width:1.3rem;max-width:1.3rem}
    .dense td:hover{outline:2px solid var(--ink);position:relative;z-index:2}
    .z{background:var(--z)}\
    .w1{background:var(--w1)}.w2{background:var(--w2)}.w3{background:var(--w3)}.w4{background:var(--w4)}\
    .w5{background:var(--w5)}.w6{background:var(--w6)}.w7{background:var(--w7)}\
    .t1{background:var(--t1)}.t2{background:var(--t2)}.t3{background:var(--t3)}.t4{background:var(--t4)}\
    .t5{background:var(--t5)}.t6{background:var(--t6)}.t7{background:var(--t7)}
    .w6,.w7,.t6,.t7{--number:var(--high)}
    footer{padding-top:.5rem;padding-bottom:2.5rem;font-size:.85rem}
    .places{min-width:15rem}
    @media (max-width:40rem){.wide{min-width:3.5rem;width:20%}th,td{padding:.3rem .4rem}.pairs{grid-template-columns:1fr}\
    .pairs dd{margin-bottom:.5rem}}
    @media print{section{break-inside:avoid;border:0;padding:0}.scroll{overflow:visible}}
    """
}
