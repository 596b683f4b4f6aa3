# SPDX-License-Identifier: GPL-2.0-only
#
# A part of quickstart: the main job and its percentiles.

# shellcheck shell=bash disable=SC2034,SC2154 # the parts share variables

# run_fio NAME: runs jobs/smallfile-NAME.fio on the test tree. fio writes latency
# logs into the current directory, so each job gets a directory of its own.
run_fio() {
	local job=jobs/smallfile-$1.fio
	mkdir "$results/$1"
	note "fio --directory=$results/tree $job"
	(cd "$results/$1" && run "$fio" --directory="$results/tree" \
		--output-format=json+ --output="$results/$1.json" "$root/$job") ||
		die 'fio failed' "See the message above, and $results."
}

run_job() {
	results=$(mktemp -d "${TMPDIR:-/var/tmp}/smallfio.XXXXXX")
	mkdir "$results/tree"
	note "in $results ($(findmnt -n -o FSTYPE -T "$results" || true))"
	run_fio create
}

print_percentiles() {
	note "smallfio stats $results/create"
	echo
	"$smallfio" stats "$results/create" | tee "$results/percentiles.txt" ||
		die 'smallfio stats failed' "What fio wrote is in $results."
	echo
}

clean_up_job() {
	run_fio cleanup
	find "$results/tree" -type d -empty -delete
	[ ! -e "$results/tree" ] ||
		die 'the clean-up job left files behind' "They are in $results/tree."
	note "the results stay in $results"
}
