# Round trips through the compressors.
seq 1 40000 >plain
for z in gzip bzip2 xz; do
	$z -c <plain >packed || echo "$z failed"
	$z -dc <packed | cmp - plain && echo "$z round trip"
	$z -t <packed && echo "$z good"
done
rm plain packed
