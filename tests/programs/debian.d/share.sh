# Four instances of bash beside this one: how much of bash's and libc's text each has for itself.
mkfifo go
for i in 1 2 3 4; do
	bash -c ': loop; read x <go; :' &
done
sleep 0.5
for pid in $(jobs -p); do
	mawk '
	/^[0-9a-f]+-/ { name = $6; text = $2 ~ /x/; next }
	text && (name ~ /bash$/ || name ~ /libc\.so/) { sub(/.*\//, "", name); sum[name " " $1] += $2 }
	END {
		for (key in sum)
			if (key ~ /Rss:/) {
				split(key, part, " ")
				name = part[1]
				print name, (sum[name " Rss:"] > 200), (sum[name " Pss:"] * 4.5 < sum[name " Rss:"]),
				    sum[name " Private_Clean:"] + sum[name " Private_Dirty:"]
			}
	}' /proc/$pid/smaps | sort
done
exec 8<>go
printf '\n\n\n\n' >&8
wait
rm go
