use strict;
use warnings;
my $seed = 42;
sub random { $seed = ($seed * 1103515245 + 12345) % 2147483648; return $seed % $_[0] }
my @t = sort { $a cmp $b } map { sprintf "%08d-%d", random(1e8), $_ } 1 .. 20000;
print "$t[0] $t[-1] ", scalar(@t), "\n";
sub fib { my $n = shift; $n < 2 ? $n : fib($n - 1) + fib($n - 2) }
print fib(18), "\n";
my %count;
$count{ length $_ }++ for @t;
print join(' ', map { "$_=$count{$_}" } sort keys %count), "\n";
(my $text = "the quick brown fox") =~ s/(\w+)/ucfirst $1/ge;
print "$text\n";
$| = 1;
for my $n (1 .. 3) {
	my $pid = open(my $from, '-|') // die;
	if (!$pid) { print $n * 100, "\n"; exit $n }
	print "child says ", <$from>;
	close $from;
	print "status ", $? >> 8, "\n";
}
print "shell: ", `echo through a shell`;
local $SIG{ALRM} = sub { die "alarm\n" };
eval { alarm 1; select(undef, undef, undef, 5) while 1 };
print $@;
open(my $f, '+>', 'pl.tmp') or die;
print $f "line $_\n" for 1 .. 500;
seek $f, 0, 0;
my $lines = 0;
$lines++ while <$f>;
print "$lines lines\n";
unlink 'pl.tmp';
printf "%.10f %s\n", atan2(1, 1) * 4, 2**40;
