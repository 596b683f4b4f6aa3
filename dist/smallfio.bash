# SPDX-License-Identifier: GPL-2.0-only
#
# Completion of smallfio for bash: subcommands, their options, and the values
# of some. The lists come from --help, so they are those of the program.

# Prints the long options of a subcommand.
_smallfio_options() {
	smallfio "$1" --help 2>/dev/null |
		sed -n 's/^  \(-., \)\{0,1\}\(--[a-z-]*\).*/\2/p'
}

_smallfio_operations() {
	smallfio run --help 2>/dev/null |
		sed -n '/^Operations:/,$ { s/^Operations://; p; }'
}

_smallfio() {
	local current=${COMP_WORDS[COMP_CWORD]} words='' word
	local previous=${COMP_WORDS[COMP_CWORD - 1]} prefix=''

	# bash has --operation=stat as three words.
	[[ $previous != = ]] || previous=${COMP_WORDS[COMP_CWORD - 2]}
	[[ $current != = ]] || current=

	COMPREPLY=()
	if [ "$COMP_CWORD" = 1 ]; then
		words=$(smallfio --help 2>/dev/null |
			sed -n 's/^  \([a-z][a-z-]*\)  .*/\1/p')
	elif [[ $current == -* ]]; then
		words=$(_smallfio_options "${COMP_WORDS[1]}")
	elif [[ ${COMP_WORDS[1]} == run && $previous == --operation ]]; then
		words=$(_smallfio_operations)
		# The last one of a list with commas.
		[[ $current != *,* ]] || prefix=${current%,*},
	else
		compopt -o default 2>/dev/null
		return
	fi
	for word in $(compgen -W "$words" -- "${current#"$prefix"}"); do
		COMPREPLY+=("$prefix$word")
	done
}

complete -F _smallfio smallfio
