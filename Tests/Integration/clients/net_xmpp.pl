# Net::XMPP. Arguments, and what it does and prints: README.md.
use strict;
use warnings;
use Net::XMPP;

$| = 1;
my ($host, $port, $how, $root, $user, $password, @contacts) = @ARGV;
my ($local, $domain) = split /@/, $user;

my $client = Net::XMPP::Client->new();
$client->SetCallBacks(
    message => sub {
        my ($id, $stanza) = @_;
        print "message ", bare($stanza->GetFrom()), " ", $stanza->GetBody(), "\n";
    },
    presence => sub {
        my ($id, $stanza) = @_;
        print "presence ", bare($stanza->GetFrom()), "\n" if $stanza->GetType() eq "";
    },
);
# 1 is SSL_VERIFY_PEER.
$client->Connect(
    hostname => $host, port => $port, componentname => $domain, timeout => 20,
    tls => $how eq "starttls" ? 1 : 0, ssl => $how eq "directtls" ? 1 : 0,
    ssl_ca_path => $root, ssl_verify => 1,
) or die "no connection: " . ($client->GetErrorCode() // "") . "\n";
my @result = $client->AuthSend(
    username => $local, password => $password, resource => "net-xmpp");
die "not logged in: @result\n" unless ($result[0] // "") eq "ok";

$client->PresenceSend();
$client->MessageSend(to => $_, body => "hello from $user", type => "chat") for @contacts;
while (defined $client->Process(1)) { }

sub bare { my ($jid) = split m{/}, $_[0]; return $jid; }
