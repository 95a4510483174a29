/**
 * The relay in Perl, which nearly every system brings along. It loads no module, so that it starts in two milliseconds and the
 * smallest Perl will do; its numbers are those of Linux on x86_64 and aarch64. It is called with `PORT=SOCKET … --
 * COMMAND …`, listens on every port, and only then becomes the command, so that nobody has to wait until it is ready.
 *
 * What carries the bytes is a grandchild, so that the command has no child it does not know. It ends with the process
 * namespace, that is, with the command. A connection holds at most two buffers; beyond 400 connections new ones wait.
 */
export const perlRelay = String.raw`
use strict;
my ($unix, $inet, $inet6, $stream) = (1, 2, 10, 1);
my ($sol_socket, $reuse, $tcp, $nodelay) = (1, 2, 6, 1);
my ($get_flags, $set_flags, $nonblock) = (3, 4, 2048);
my ($enoent, $eintr, $eagain) = (2, 4, 11);

my (@listeners, %side, @unconnected);
my $most = 400;
my $buffer = 131072;

while (@ARGV) {
  my $next = shift @ARGV;
  last if $next eq "--";
  my ($port, $path) = split /=/, $next, 2;
  my ($listener, $six);
  socket($listener, $inet, $stream, 0)
    && setsockopt($listener, $sol_socket, $reuse, 1)
    && bind($listener, pack "S n C4 x8", $inet, $port, 127, 0, 0, 1)
    && listen($listener, 128) or die "port $port: $!\n";
  push @listeners, [$listener, $path];
  # A client that asks for "localhost" may try IPv6 first; without IPv6 it goes on to the other.
  socket($six, $inet6, $stream, 0)
    && bind($six, pack "S n N x15 C N", $inet6, $port, 0, 1, 0)
    && listen($six, 128)
    && push @listeners, [$six, $path];
}

my $child = fork;
die "fork: $!\n" unless defined $child;
if ($child) {
  waitpid $child, 0;
  die "the ports' relay did not start\n" if $?;
  exec { $ARGV[0] } @ARGV;
  my $code = $! == $enoent ? 127 : 126;
  print STDERR "$ARGV[0]: $!\n";
  exit $code;
}
my $relay = fork;
exit 1 unless defined $relay;
exit 0 if $relay;

# A name of its own would be written over the environment, by which a sweep knows the process.
setpgrp 0, 0;
$SIG{PIPE} = "IGNORE";
chdir "/";
open STDIN, "<", "/dev/null";
open STDOUT, ">", "/dev/null";
open STDERR, ">", "/dev/null";
unblock($_->[0]) for @listeners;

while (1) {
  my ($read, $write) = ("", "");
  if (%side / 2 + @unconnected < $most) {
    vec($read, fileno($_->[0]), 1) = 1 for @listeners;
  }
  for my $fd (keys %side) {
    my $this = $side{$fd};
    vec($read, $fd, 1) = 1 if !$this->{ended} && length $this->{peer}{out} < $buffer;
    vec($write, $fd, 1) = 1 if length $this->{out};
  }
  my $ready = select $read, $write, undef, @unconnected ? 0.01 : undef;
  next if $ready < 0;
  @unconnected = grep { !reach(@$_) } @unconnected;
  for (@listeners) {
    my ($listener, $path) = @$_;
    next unless vec $read, fileno($listener), 1;
    my $client;
    next unless accept $client, $listener;
    unblock($client);
    setsockopt $client, $tcp, $nodelay, 1;
    push @unconnected, [$client, $path] unless reach($client, $path);
  }
  for my $fd (keys %side) {
    my $this = $side{$fd} or next;
    flush($this) if vec $write, $fd, 1;
    next if $this->{gone} || !vec $read, $fd, 1;
    my $bytes;
    my $got = sysread $this->{file}, $bytes, 65536;
    if (!defined $got) {
      drop($this) unless $! == $eagain || $! == $eintr;
      next;
    }
    if ($got) { $this->{peer}{out} .= $bytes }
    else { $this->{ended} = $this->{peer}{last} = 1 }
    flush($this->{peer});
  }
}

# True when the client needs no further try: it is connected, or was turned away.
sub reach {
  my ($client, $path) = @_;
  my $server;
  if (!socket $server, $unix, $stream, 0) { close $client; return 1 }
  unblock($server);
  if (!connect $server, pack "S Z*", $unix, $path) {
    # Nobody has taken the connections that wait there already.
    return 0 if $! == $eagain;
    close $client;
    return 1;
  }
  my ($one, $other) = map { { file => $_, out => "" } } $client, $server;
  ($one->{peer}, $other->{peer}) = ($other, $one);
  $side{fileno $_->{file}} = $_ for $one, $other;
  return 1;
}

sub flush {
  my ($this) = @_;
  while (length $this->{out}) {
    my $sent = syswrite $this->{file}, $this->{out};
    if (!defined $sent) {
      drop($this) unless $! == $eagain || $! == $eintr;
      return;
    }
    substr $this->{out}, 0, $sent, "";
  }
  return unless $this->{last};
  shutdown $this->{file}, 1 unless $this->{shut}++;
  drop($this) if $this->{ended} && $this->{peer}{shut};
}

sub drop {
  my ($this) = @_;
  for ($this, $this->{peer}) {
    next if $_->{gone}++;
    delete $side{fileno $_->{file}};
    close $_->{file};
  }
  my $peer = delete $this->{peer};
  delete $peer->{peer} if $peer;
}

sub unblock { fcntl $_[0], $set_flags, $nonblock | fcntl $_[0], $get_flags, 0 }
`;
