# Cases of the utilities; tests/user/run reads them.

same "cat joins files and standard input" 'echo a >f; echo b | cat f - f; cat nofile; echo $?'
same "cp, mv, rm" 'echo x >a; cp a b; cat b; mkdir d; cp a b d; ls d; mv b d/c; ls d; cp -r d e; ls e; rm a; ls; rm -r d; ls; rm -f no; echo $?; rm no; echo $?; mv e/a .; ls'
same "ln and readlink" 'echo x >a; ln a b; ln -s a c; cat b c; readlink c; ls -F; ln -s nowhere d; cat d; echo $?; ls -l | wc -l'
same "mkdir -p, rmdir, touch" 'mkdir -p a/b/c; ls a/b; rmdir a/b/c; ls a/b; rmdir a; echo $?; touch x; ls; touch -c y; ls; mkdir a; echo $?'
same "ls hides and shows" 'echo >.h; echo >b; echo >a; mkdir d; ls; ls -d d; ls -A; ls d a; ls nofile a; echo $?; ls -1F'
same "ls -l shows mode and size" 'umask 022; printf 12345 >f; chmod 640 f; ls -l f | cut -c1-10; mkdir d; chmod u=rwx,go= d; ls -ld d | cut -c1-10; chmod +x f; ls -l f | cut -c1-10'
same "head and tail" 'seq 1 20 >f; head f; head -n 3 f; head -2 f; head -c 4 f; tail f; tail -n 2 f; tail -c 5 f; tail -c 5 <f; tail -c 999 f; seq 9 | tail -c 3; tail -n +18 f; printf "a\nb" | tail -n 1; seq 5 | tail -n 0'
same "wc" 'printf "a b\nc\n" >f; wc -l f; wc -w <f; wc -c <f; printf "no newline" | wc -l; printf "x y z" | wc -w'
same "sort" 'printf "b\na\nc\na\n" >f; sort f; sort -r f; sort -u f; printf "10\n9\n-3\n2.5\n2.25\n" | sort -n; printf "x 3\ny 1\nz 2\n" | sort -k 2; printf "a:2\nb:10\n" | sort -t : -k 2n; printf "B\na\nC\n" | sort -f; sort -o f f; cat f; printf "" | sort; sort nofile; echo $?'
same "sort of many lines" 'i=0; while [ $i -lt 2000 ]; do echo $((i * 7919 % 2003)); i=$((i+1)); done >f; sort -n f | cksum; sort f | cksum; sort -rn f | head -1'
same "uniq" 'printf "a\na\nb\na\n" >f; uniq f; uniq -d f; uniq -u f; uniq -c f'
same "grep" 'printf "foo\nbar\nfoobar\nFOO\na.b\naxb\n" >f; grep foo f; grep -v foo f; grep -i foo f; grep -c o f; grep -n bar f; grep ^foo f; grep "bar$" f
grep "a.b" f; grep "a\.b" f; grep -F a.b f; grep -q zzz f; echo $?; grep "fo*b" f; grep "[a-f][^a-z]" f; grep -E "fo+b|axb" f; grep -l foo f; grep -o "o*" f; grep "" f | wc -l; grep x nofile; echo $?; grep -e bar f f'
same "grep by class and repetition" 'printf "ab12\n12\n  x\nA1\n" >f; grep "[[:digit:]]" f; grep "^[[:space:]]*x" f; grep -E "^[0-9]+$" f; grep "b[0-9]\+" f; grep -E "A?1" f'
same "cut" 'printf "a:b:c\nnone\n1:2\n" >f; cut -d : -f 2 f; cut -d : -f 1,3 f; cut -d : -f 2- f; cut -s -d : -f 1 f; cut -c 1-2 f; cut -c -1 f'
same "tr" 'echo "hello World" | tr a-z A-Z; echo aabbcc | tr -s ab; echo a1b2 | tr -d 0-9; echo "a b" | tr " " "\n"; echo aXb | tr -cd "a-z\n"; echo Hi | tr "[:upper:]" "[:lower:]"; echo abc | tr abc x'
same "tee" 'echo x | tee a b; cat a b; echo y | tee -a a; cat a'
same "seq" 'seq 3; seq 2 4; seq 1 2 7; seq 3 -1 1; seq 5 1'
same "cmp" 'echo abc >a; echo abd >b; cmp a a; echo $?; cmp a b; echo $?; cmp -s a b; echo $?; cmp a nofile; echo $?'
same "cksum" 'printf "" | cksum; echo hello | cksum; seq 1 5000 >f; cksum f; cksum <f'
same "dd" 'seq 1 100 >f; dd if=f bs=10 skip=2 count=3 2>/dev/null; dd if=f of=g bs=1k 2>/dev/null; cmp f g; printf XX | dd of=g bs=1 seek=5 conv=notrunc 2>/dev/null; head -c 10 g'
want "od" 'printf "0123456789abcdefXY\001" | od' \
	'00000000   30 31 32 33 34 35 36 37  38 39 61 62 63 64 65 66  |0123456789abcdef|
00000010   58 59 01                                          |XY.|
00000013'
same "truncate" 'truncate -s 5 f; wc -c <f; truncate -s 1k f; wc -c <f; printf abcdef >g; truncate -s 3 g; cat g'
same "basename and dirname" 'basename /a/b.c; basename /a/b.c .c; basename b/; basename /; dirname /a/b; dirname a; dirname /a; dirname a/b/'
same "find" 'mkdir -p a/b; echo >a/x.c; echo >a/b/y.c; echo >a/z.h; find a | sort; find a -name "*.c" | sort; find . -type d | sort; find a -maxdepth 1 | sort'
same "xargs" 'printf "a b\nc\n" | xargs echo x; seq 5 | xargs -n 2 echo; printf "" | xargs -n 1 echo none | wc -l >/dev/null; echo f | xargs touch; ls'
same "env" 'env -i a=1 sh -c "echo \$a"; env b=2 sh -c "echo \$b"; env -i x=1 y=2 env'
same "which" 'which nosuch; echo $?; which sh >/dev/null; echo $?'
want "uname says riscv64" 'uname -m; uname' 'riscv64
Linux'
same "true and false" 'env true; echo $?; env false; echo $?'
same "yes ends with its reader" 'yes | head -n 3; yes a b | head -n 1'
same "readers of a full device hear of it" 'echo x >/dev/full; echo $?; seq 3 >/dev/full; echo $?'
same "sleep" 'sleep 0.01; echo $?'
same "date of a known second" 'date +%s | grep -c "^[0-9]*$"'
want "an unknown option is refused by name" 'cat -z; echo $?' 'cat: unknown option -z
2'
