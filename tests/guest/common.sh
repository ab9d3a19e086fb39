# What the scripts of this folder share. They run from the top folder; each ends with `finish`.

B=${B:-build}
B=$(cd "$B" && pwd) || exit 1
F=$B/faultline
DEMO=$B/guest/demo
T=$(mktemp -d) || exit 1
trap 'rm -rf "$T"' EXIT
trap 'exit 1' HUP INT TERM
count=0
failed=0
LC_ALL=C
export LC_ALL
umask 022

ok() { # SENTENCE
	count=$((count + 1))
	echo "ok $count - $1"
}

not_ok() { # SENTENCE [FILE of explanation]
	count=$((count + 1))
	failed=$((failed + 1))
	echo "not ok $count - $1"
	[ -z "${2-}" ] || head -n 40 "$2" | sed 's/^/# /'
}

finish() {
	echo "1..$count"
	[ "$failed" = 0 ]
	exit
}

# How long is a hang: a loaded machine is none, and the sanitizers take several times as long.
case $B in
*/san) patience=15 ;;
*) patience=4 ;;
esac

# Output to $T/out and $T/err, status to $status, input from $INPUT if it is set. PROGRAM's working directory on
# the host is $T.
# At the end of every run the kernel verifies its tables: a difference is status 125 and a line that says so.
CHECK=--check-frames
run() { # [OPTIONS] PROGRAM [ARGS...]
	(cd "$T" && exec timeout $((${LIMIT:-60} * patience)) "$F" run $CHECK "$@" >"$T/out" 2>"$T/err" <"${INPUT:-/dev/null}")
	status=$?
}

# Wait until a command succeeds, for two minutes at most.
wait_until() {
	tries=1200
	until "$@" >/dev/null 2>&1; do
		tries=$((tries - 1))
		[ $tries -gt 0 ] || return 1
		sleep 0.1
	done
}

# Wait until a process that was started in the background has ended; its status to $status. One that does not end is killed.
ended() { # PID
	wait_until eval "! kill -0 $1"
	kill -KILL "$1" 2>/dev/null
	wait "$1"
	status=$?
}

explain() { # writes $T/why from the last run
	{
		echo "status $status"
		echo "stdout:"
		cat "$T/out"
		echo "stderr:"
		cat "$T/err"
	} >"$T/why"
}

# Checks the last run's status and standard output (a file), and that nobody else spoke.
check_run() { # SENTENCE WANT_STATUS WANT_FILE
	if [ "$status" = "$2" ] && cmp -s "$T/out" "$3"; then
		ok "$1"
		return
	fi
	explain
	{
		echo "want status $2 and:"
		head -n 20 "$3"
		echo "got:"
		cat "$T/why"
	} >"$T/why2"
	not_ok "$1" "$T/why2"
}

check() { # SENTENCE CONDITION...: a command
	sentence=$1
	shift
	if "$@"; then
		ok "$sentence"
	else
		explain
		{
			echo "failed: $*"
			cat "$T/why"
		} >"$T/why2"
		not_ok "$sentence" "$T/why2"
	fi
}

# The last run was one of the programs that include check.h: a check for each of its own, and one that they are all.
said() { # WHERE
	while read -r line; do
		case $line in
		"ok "*) ok "$1: ${line#ok }" ;;
		"NOT OK "*) not_ok "$1: ${line#NOT OK }" ;;
		esac
	done <"$T/out"
	check "$1: all of it ran" eval '[ "$status" -le 1 ] && grep -q "^[1-9][0-9]* checks, [0-9]* failures\$" "$T/out"'
}

# A terminal session, typed by --replay: keys come two seconds of virtual time apart, which nobody
# waits for. Lines of STEPS: "SENTENCE|KEYS|PATTERN", the pattern of what then appears, behind what
# appeared before; nothing is typed for empty keys, and "=WHAT" is something else that happens. Each
# line is a check. Status to $status, all that appeared to $T/out.
typed() { # STEPS [OPTIONS] PROGRAM [ARGS...]
	steps=$1
	shift
	{
		echo 'faultline input 1'
		while IFS='|' read -r sentence keys wanted; do
			case $keys in
			'') ;;
			=*) printf 'after 2s %s\n' "${keys#=}" ;;
			*) printf 'after 2s type %s\n' "$keys" ;;
			esac
		done <"$steps"
	} >"$T/typed"
	run --replay "$T/typed" "$@"
	perl -e '
		my ($out, $steps) = @ARGV;
		open my $from, "<", $out or die;
		my $text = do { local $/; <$from> };
		$text =~ s/\r//g;
		open $from, "<", $steps or die;
		while (<$from>) {
			chomp;
			my ($sentence, undef, $wanted) = split /\|/;
			my $at = pos($text) // 0;
			my $good = $text =~ /$wanted/mg;
			pos($text) = $at unless $good;
			print $good ? "ok" : "no", " $sentence\n";
			next if $good;
			my $got = substr($text, $at, 400) =~ s/[^\n -~]/^/gr;
			print map { "# $_\n" } "want /$wanted/ in:", split /\n/, $got;
		}' "$T/out" "$steps" >"$T/judged"
	while read -r good sentence; do
		case $good in
		ok) ok "$sentence" ;;
		no) not_ok "$sentence" ;;
		*) echo "$good $sentence" ;;
		esac
	done <"$T/judged"
}

# One figure of a --stats file: "evictions.dirty", "instructions".
figure() { # FILE NAME
	case $2 in
	*.*) sed -n 's/^  "'"${2%%.*}"'": {.*"'"${2#*.}"'": \([0-9]*\).*/\1/p' "$1" ;;
	*) sed -n 's/^  "'"$2"'": \([0-9]*\).*/\1/p' "$1" ;;
	esac
}

# What qemu-riscv64 says of the same program, to $T/want.
witness() { # PROGRAM [ARGS...]
	(cd "$T" && exec timeout 300 qemu-riscv64 "$@" >"$T/want" 2>/dev/null </dev/null)
	want_status=$?
}

POLICIES=${POLICIES:-fifo clock}
