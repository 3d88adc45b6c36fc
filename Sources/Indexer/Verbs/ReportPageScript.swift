extension ReportPage {
  /// What the page says without it is all there is to say; with it the grid can be read by pointing and walked by arrow keys,
  /// with one stop for the tab key.
  static let script = #"""
    (() => {
      "use strict";
      const grid = document.querySelector("table.grid");
      const readout = document.getElementById("readout");
      if (!grid || !readout) return;
      const rows = [...grid.tBodies[0].rows];
      const names = rows.map((row) => row.cells[0].textContent);
      const number = (cell) => Number(cell.textContent.replaceAll(",", ""));
      let all = 0;
      rows.forEach((row, y) => { for (let x = 0; x <= y; x++) all += number(row.cells[x + 1]); });
      const invitation = "Point at a cell, or walk with the arrow keys, to read it here.";
      readout.textContent = invitation;
      grid.setAttribute("role", "grid");
      let current = null, at = [0, 0];

      const place = (cell) => [cell.parentElement.sectionRowIndex, cell.cellIndex - 1];
      const show = (cell) => {
        if (current) current.classList.remove("cross");
        current = cell;
        if (!cell) { readout.textContent = invitation; return; }
        cell.classList.add("cross");
        const [y, x] = place(cell);
        const ties = number(cell);
        const share = all ? (100 * ties / all).toFixed(2) : "0.00";
        const where = x === y ? `inside ${names[y]}` : `between ${names[y]} and ${names[x]}`;
        readout.textContent = `${cell.textContent} ${ties === 1 ? "tie" : "ties"} ${where}: ${share} % of all.`;
      };
      const cellOf = (event) => {
        const cell = event.target.closest("tbody td");
        return cell && grid.contains(cell) ? cell : null;
      };
      const stop = (y, x) => {
        rows[at[0]].cells[at[1] + 1].tabIndex = -1;
        at = [y, x];
        rows[y].cells[x + 1].tabIndex = 0;
      };
      rows.forEach((row) => { for (let x = 1; x < row.cells.length; x++) row.cells[x].tabIndex = -1; });
      stop(0, 0);
      grid.addEventListener("pointerover", (event) => { const cell = cellOf(event); if (cell) show(cell); });
      grid.addEventListener("pointerleave", () => show(grid.contains(document.activeElement) ? cellAt() : null));
      const cellAt = () => rows[at[0]].cells[at[1] + 1];
      grid.addEventListener("focusin", (event) => {
        const cell = cellOf(event);
        if (cell) { stop(...place(cell)); show(cell); }
      });
      grid.addEventListener("focusout", () => show(null));
      grid.addEventListener("click", (event) => { const cell = cellOf(event); if (cell) cell.focus(); });
      const last = rows.length - 1;
      const ways = {
        ArrowUp: ([y, x]) => [y - 1, x], ArrowDown: ([y, x]) => [y + 1, x], ArrowLeft: ([y, x]) => [y, x - 1],
        ArrowRight: ([y, x]) => [y, x + 1], Home: ([y]) => [y, 0], End: ([y]) => [y, last],
        PageUp: ([, x]) => [0, x], PageDown: ([, x]) => [last, x],
      };
      grid.addEventListener("keydown", (event) => {
        const way = ways[event.key];
        if (!way || event.ctrlKey || event.altKey || event.metaKey || !cellOf(event)) return;
        event.preventDefault();
        const [y, x] = way(at).map((value) => Math.min(last, Math.max(0, value)));
        rows[y].cells[x + 1].focus();
      });
    })();
    """#
}
