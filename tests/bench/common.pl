# What the benchmark commands share: measuring, medians, tables.  They run from the top folder.
use strict;
use warnings;

our $B = $ENV{B} // 'build';
our $scratch = "$B/bench/scratch";
our $have_qemu = grep { -x "$_/qemu-system-riscv64" } split /:/, $ENV{PATH};
mkdir $scratch;

# Runs a command; { cpu, clock (seconds), status, kib (beside the guest's RAM, if its MiB are given),
# output }.
sub measure {
	my ($ram_mib, @command) = @_;
	my @arguments = ($ram_mib ? ('-m', $ram_mib) : (), "$scratch/output", @command);

	open(my $from, '-|', "$B/bench/measure", @arguments) or die "bench: $B/bench/measure: $!\n";
	my $line = <$from> // '';
	close $from;
	my ($cpu, $clock, $status, $kib) = split ' ', $line;
	die "bench: @command: not measured\n" unless defined $kib;
	open(my $output, '<', "$scratch/output") or die "bench: $scratch/output: $!\n";
	local $/;
	my $text = <$output>;
	$text =~ tr/\r//d;
	return { cpu => $cpu, clock => $clock, status => $status, kib => $kib, output => $text };
}

sub median {
	my @sorted = sort { $a <=> $b } @_;
	return @sorted ? $sorted[$#sorted / 2] : 0;
}

# ROUNDS rounds of commands (lists), taking turns; for each the medians and the last output.
sub interleave {
	my ($rounds, $ram_mib, @commands) = @_;
	my @runs;

	for (1 .. $rounds) {
		push @{$runs[$_]}, measure($ram_mib, @{$commands[$_]}) for 0 .. $#commands;
	}
	return map {
		my $all = $_;
		+{ cpu => median(map { $_->{cpu} } @$all), clock => median(map { $_->{clock} } @$all),
		   kib => (sort { $b <=> $a } map { $_->{kib} } @$all)[0],
		   status => $all->[-1]{status}, output => $all->[-1]{output} }
	} @runs;
}

sub positive { return $_[0] > 0.0001 ? $_[0] : 0.0001 }
sub ratio { return sprintf '%.2f', positive($_[1]) / positive($_[0]) }

sub processor {
	open(my $info, '<', '/proc/cpuinfo') or return 'unknown';
	my ($name, $count) = ('unknown', 0);
	while (<$info>) {
		$name = $1 if /^model name\s*:\s*(.*?)\s*$/;
		$count++ if /^processor\s*:/;
	}
	return "$name, $count processors";
}

# A flat hash or an array of them, as JSON; numbers as they are.
sub json {
	my ($value) = @_;

	return '[' . join(', ', map { json($_) } @$value) . ']' if ref $value eq 'ARRAY';
	return '{ ' . join(', ', map { "\"$_\": " . json($value->{$_}) } sort keys %$value) . ' }'
		if ref $value eq 'HASH';
	return $value if $value =~ /^-?\d+(\.\d+)?$|^(true|false|null)$/;
	$value =~ s/(["\\])/\\$1/g;
	return "\"$value\"";
}

1;
