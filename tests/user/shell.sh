# Cases of the shell; tests/user/run reads them.

want "words are split at blanks and joined by echo" 'echo a   b	c' 'a b c'
want "quotes keep blanks, patterns and dollars" \
	"echo 'a  \$b *' \"c  d\" e\\ \\ f \"\\\$x\"" 'a  $b * c  d e  f $x'
same "variables, defaults and alternatives" '
x=1; e=; echo ${x:-n} ${u:-n} ${e:-n} ${e-n} ${u-n} ${x:+y} ${e:+y}. ${e+y} ${#x} ${v:=set} $v "${u:-"a b"}"'
same "prefixes and suffixes are cut, short and long" '
p=/usr/local/lib.tar.gz; echo ${p#*/} ${p##*/} ${p%.*} ${p%%.*} ${p#x} ${p%"/lib"*} "${p##"/usr"}"'
want "an unset parameter with ? ends the script" 'echo ${x?gone}; echo no' 'sh: x: gone' 1
want "set -u ends the script at an unset variable" 'set -u; echo $x; echo no' \
	'sh: x: parameter not set' 1
same "positional parameters" 'set -- a "b c" d; echo $# $2 "$*"; shift; echo $# $1
for i in "$@"; do echo "<$i>"; done; for i do echo "[$i]"; done; set --; for i in "$@" ""; do echo "{$i}"; done'
same "\$* and \$@ quoted and not" 'set -- "1 2" "" 3; for i in $*; do echo "<$i>"; done
for i in "$*"; do echo "<$i>"; done; for i in x"$@"y; do echo "<$i>"; done; IFS=,; echo "$*"'
same "fields are split by IFS" 'IFS=:; v=a::b:" c "; set -- $v; echo $#; for i; do echo "<$i>"; done
IFS=" ,"; v=" a , b c,,d "; set -- $v; echo $#; for i; do echo "<$i>"; done; IFS=; v="a b"; set -- $v; echo $#'
same "empty words vanish unless quoted" 'e=; set -- $e "$e" "" $e""; echo $#'
same "arithmetic" 'x=7; echo $((1+2*3)) $((x/2)) $((-7%3)) $((x<<2|1)) $((~x)) $((!x)) $((x>3&&x<9)) \
$((x==7?10:20)) $((x=x+1)) $x $((x*=2)) $((0x1f)) $((010)) $(( (1+2)*3 )) $((1||1/0)) $((x^5&3))'
want "arithmetic knows ++ and the comma" 'x=4; echo $((x++, x)) $((--x)) $x' '5 4 4'
want "division by zero is an error, not a trap" 'echo $((1/0)); echo no' \
	'sh: arithmetic: division by zero' 2
want "the most negative number divided by -1 does not trap" \
	'x=$((1<<63)); echo $((x/-1)) $((x%-1))' '-9223372036854775808 0'
same "command substitution, nested and in quotes" '
echo $(echo a; echo "b  c") "$(printf "x\n\ny\n\n")" `echo \`echo deep\`` $(case x in x) echo in;; esac)
echo "$(echo ")" \")\")" $(echo $(echo $(echo 3)))'
same "the status of an assignment is its substitution's" 'x=$(false); echo $?; x=$(exit 7) || echo $?; x=1; echo $?'
same "if, elif, else" 'for n in 1 2 3; do if [ $n = 1 ]; then echo one; elif test $n -eq 2; then echo two
else echo many; fi; done; if false; then :; fi; echo $?'
same "while, until, break and continue" 'i=0; while :; do i=$((i+1)); [ $i = 2 ] && continue; [ $i -gt 4 ] && break
echo $i; done; until [ $i = 0 ]; do i=$((i-1)); done; echo $i
for a in 1 2; do for b in 1 2 3; do [ $b = 2 ] && continue 2; [ $a = 2 ] && break 2; echo $a$b; done; done'
same "case" 'for w in a.c b.h "x y" "*" q "" ; do case $w in *.c|*.d) echo c;; (b*) echo b;; "x y") echo xy;;
\*) echo star;; [!a-p]) echo class;; *) echo none; esac; done'
same "functions, return and recursion" 'f() { if [ $1 -le 1 ]; then echo 1; return; fi
echo $(($1 * $(f $(($1-1))))); }; f 6; g() { return 5; echo no; }; g; echo $?; g() { echo again $#; }; g a b; echo $#'
want "local variables end with the function" 'x=1; f() { local x=2 y; y=3; echo $x $y; }; f; echo $x ${y-none}' \
	'2 3
1 none'
same "subshells keep their changes" 'x=1; (x=2; cd /; echo $x); echo $x; { x=3; }; echo $x; (exit 9); echo $?'
same "lists by && and ||" 'true && echo a || echo b; false && echo a || echo b; ! true || echo c; ! false; echo $?
false || false || echo d; true; false; echo $?'
same "redirections" 'echo one >f; echo two >>f; cat <f; cat f nofile 2>err | cat; wc -l <f
{ echo out; echo err >&2; } >both 2>&1; cat both; (echo sub) >s; cat <s; echo x 1>&2 2>/dev/null; ls >l; cat l
while read a; do echo "[$a]"; done <f; if true; then echo in; fi >g; cat g; exec 3<f; read v <&3; echo $v; read v <&3; echo $v'
same "a descriptor is closed and made again" 'exec 4>f; echo a >&4; echo b >&4; exec 4>&-; cat f; echo c 2>/dev/null 4>f >&4; cat f'
want "a redirection that fails stops its command only" 'echo no >/nonexistent/f; echo yes $?' \
	'sh: /nonexistent/f: No such file or directory
yes 1'
same "here-documents" 'x=val; cat <<E
a $x $((1+1)) $(echo sub) \$x "q" '"'s'"'
E
cat <<"E" | tr a-z A-Z
raw $x
E
cat <<-E
	tabs
	gone
	E
cat <<A; cat <<B
first
A
second
B'
want "a here-document larger than a pipe" 'i=0; t=0123456789abcdef; while [ $i -lt 12 ]; do t=$t$t; i=$((i+1)); done
cat <<E | wc -c
$t
E' '65537'
same "pipelines" 'seq 1 100 | grep 7 | sort -rn | head -3; echo a b | while read x y; do echo $y $x; done
false | true; echo $?; true | false; echo $?; ! true | false; echo $?'
same "background jobs and wait" '(echo bg >f; exit 3) & p=$!; wait $p; echo $?; cat f
sleep 0.1 & sleep 0.1 & wait; echo $?; { echo later; } & wait'
same "patterns become file names" 'echo >a.c; echo >b.c; echo >.hidden.c; mkdir d; echo >d/x.c; echo >d/y.h
echo *.c; echo */*; echo [ab].?; echo "*.c" \*.c; echo *.none; v="*.h"; echo d/$v "$v"; echo .h*; set -f; echo *.c'
same "read" 'printf "a b  c d\nx\\\\\ny\n:1:2:\nlast" >f; { read p q r; echo "$p|$q|$r"; read x; echo "$x"; IFS=: read a b c; echo "$a|$b|$c"
read -r z; echo "$? $z"; } <f; printf "  lead and trail  \n" | { read v; echo "<$v>"; }'
want "read takes one line and leaves the rest to others" 'printf "1\n2\n3\n" | { read x; echo "got $x"; cat; }' 'got 1
2
3'
same "export and the environment of commands" 'a=1; export b=2; sh -c "echo [\$a][\$b]"; a=5 sh -c "echo \$a"; echo $a
c=3 true; echo ${c-none}; export a; a=7; sh -c "echo \$a"; unset a; echo ${a-gone}'
same "eval, dot and set -e" 'eval "x=1; echo \$x"; echo "y=5; echo dotted" >f; . ./f; echo $y
(set -e; false || echo kept; if false; then :; fi; echo on; false; echo no); echo $?'
same "exit and its trap" 'trap "echo bye \$?" EXIT; (exit 4); exit 6'
same "a trap runs after the signal" 'trap "echo caught" USR1; kill -USR1 $$; echo after; trap "" TERM; kill $$; echo alive
trap - USR1; sh -c "kill -9 \$\$"; echo $?'
want "a death by signal is told" 'sh -c "kill -SEGV \$\$"; echo $?' 'Segmentation fault
139'
want "what cannot be run has the usual statuses" 'nosuchthing; echo $?; ./dir; echo $?; mkdir d; ./d; echo $?' \
	'sh: nosuchthing: not found
127
sh: ./dir: not found
127
sh: ./d: Permission denied
126'
want "a syntax error ends the script" 'echo a; if true; fi; echo b' 'sh: syntax error: unexpected fi' 2
want "an unended quotation is a syntax error" 'echo "a' 'sh: syntax error: a quotation does not end' 2
want "command -v and type" 'f() { :; }; command -v cd f; type f cd; type nothing; echo $?' \
	"cd
f is a shell function
cd is a shell builtin
sh: nothing: not found
127"
same "printf" 'printf "%s-%d|%5s|%-5s|%05d|%x|%o|%c|%%\n" a 1 b c 42 255 8 xyz; printf "%s\n" 1 2 3; printf "a\tb\101\n"; printf "%b" "x\ny\n"; printf "%.2s|%+d\n" abc 5; printf none'
same "test" 'echo x >f; mkdir d; ln -s f l; for t in "-f f" "-d d" "-e no" "-s f" "-L l" "-n a" "-z a" "a = a" "a != a" "1 -lt 2" "2 -ge 3" "! -f f" "-f f -a -d d" "-f no -o -d d"
do [ $t ]; echo $?; done; [ ]; echo $?; [ "" ]; echo $?; [ -f ]; echo $?; [ "(" a = b ")" -o x ]; echo $?'
same "continued lines and comments" 'echo a \
b # comment
# another
echo c#d'
same "tilde" 'HOME=/h; echo ~ ~/x "~" a~'
want "commands read from standard input share it with what they run" \
	'printf "read x\nline\necho got \$x\ncat\nrest\n" | sh' 'got line
rest'
same "a script with arguments" 'echo "echo \$0 \$# \$2; exit 3" >s; sh s a b c; echo $?; sh -c "echo \$0 \$1" zero one'
want "a deep recursion ends with an error" 'f() { f; }; f' 'sh: f: functions nest too deep' 2
want "xtrace" 'set -x; a=1; echo $a' '+ a=1
+ echo 1
1'
same "umask" 'umask 027; umask; echo >f; ls -l f | cut -c1-10'
same "nested quotes of all kinds" 'x="a\"b'"'c"'"; echo "$x" "${x%"b"*}" "`echo "in \"q\""`"'
same "a loop in a pipeline with redirection" 'for i in 3 1 2; do echo $i; done | sort >f; cat f; while read n; do echo $((n*n)); done <f | tail -1'
same "an apostrophe in a default in double quotes is itself" 'echo "${x:-it'"'"'s}" "${x-"a b"}" "${x:-$(echo "}")}"'
want "a syntax error in a substitution ends the script" 'echo a$(fi)b; echo no' 'sh: syntax error: in $( )' 2
