# For busybox ash: the language, jobs, signals and a row of applets.
set -u
fact() {
	[ "$1" -le 1 ] && { echo 1; return; }
	echo $(($1 * $(fact $(($1 - 1)))))
}
echo "fact $(fact 10)"
for i in 3 1 2; do echo "line $i"; done | sort | tr '\n' ' '
echo
cat <<HERE | sed 's/two/zwei/' | awk '{ n += length($0) } END { print NR, n }'
one
two $((1 + 1))
three
HERE
trap 'echo caught' USR1
kill -USR1 $$
(trap 'exit 7' TERM; while :; do sleep 0.01; done) &
child=$!
sleep 0.1
kill -TERM $child
wait $child
echo "child ended with $?"
sleep 0.2 &
jobs | tr -s ' '
kill -STOP $!
sleep 0.05
kill -CONT $!
wait $!
echo "wait ended with $?"
(exit 3) | true
echo "pipe $?"
mkdir -p d/e && cd d && echo text >e/f && ln -s e/f link && cat link
tar cf - e link | (mkdir ../x && cd ../x && tar xf - && find . | sort)
md5sum e/f | cut -c1-8
cd .. && rm -r d x
seq 1 1000 | grep -c 7
seq 1 20000 | sort -r | md5sum
printf '%s\n' a b c | xargs -n 1 echo item
case abc in a*) echo matched ;; esac
x=abcdef && echo "${x#abc} ${x%def} ${#x}"
yes | head -n 3 | wc -l
{ echo out; echo err >&2; } 2>&1 | sort
read -r a b <<HERE
first second third
HERE
echo "$b"
kill -KILL 99999 2>/dev/null || echo "no such process"
sh -c 'kill -SEGV $$'
echo "died of $?"
