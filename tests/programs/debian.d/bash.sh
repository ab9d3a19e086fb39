# The language, jobs and signals of bash, with coreutils and sed beside it.
set -u
declare -A capital=([France]=Paris [Italy]=Rome [Spain]=Madrid)
for k in "${!capital[@]}"; do echo "$k ${capital[$k]}"; done | sort
list=(5 3 9 1)
mapfile -t sorted < <(printf '%s\n' "${list[@]}" | sort -n)
echo "${sorted[*]} ${#sorted[@]} ${sorted[-1]}"
fib() { (($1 < 2)) && { echo "$1"; return; }; echo $(($(fib $(($1 - 1))) + $(fib $(($1 - 2))))); }
fib 8
coproc tr a-z A-Z
echo "through a coprocess" >&"${COPROC[1]}"
exec 5<&"${COPROC[0]}" {COPROC[1]}>&-
cat <&5
wait
comm -3 <(seq 1 5) <(seq 2 6)
trap 'echo "caught USR1"' USR1
kill -USR1 $$
wait
for i in 1 2 3; do (sleep "0.$i"; exit "$i") & children[$i]=$!; done
for i in 3 1 2; do wait "${children[$i]}"; echo "one ended: $?"; done
bash -c 'trap "echo at the end" EXIT; false'
set -m
sleep 5 &
child=$!
kill -STOP $child
sleep 0.05
jobs | sed 's/^[^ ]* *//'
kill $child; kill -CONT $child
sleep 0.05
wait $child
echo "stopped, then terminated: $?"
set +m
[[ "2024-03-09" =~ ^([0-9]+)-([0-9]+)-([0-9]+)$ ]] && echo "${BASH_REMATCH[2]}"
printf '%q %05.2f %x\n' "a b" 3.14159 255
echo {a,b}{1..3}
x="hello world"; echo "${x^^} ${x/world/there} ${x:6:3}"
(ulimit -n 32; ulimit -n)
shopt -s extglob nullglob
mkdir -p w && touch w/{a,b}.{txt,log} && (cd w && echo !(*.log)) && rm -r w
exec 3<>tmpfile; echo data >&3; cat tmpfile; exec 3>&-; rm tmpfile
seq 1 100000 | sha256sum
seq 1 3000 | shuf --random-source=<(yes) | sort -n | cksum
timeout 0.1 sleep 5; echo "timeout $?"
ls -l /proc/self/fd >/dev/null && echo "has /proc"
bash -c 'echo $0 $1 $#' name one two
(exec -a other sleep 0.01) && echo "exec -a"
echo {1..2000} | wc -c
kill -l 11
