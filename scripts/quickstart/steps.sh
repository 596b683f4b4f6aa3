# SPDX-License-Identifier: GPL-2.0-only
#
# A part of quickstart: steps with a log each, and commands as root.

# shellcheck shell=bash disable=SC2034,SC2154 # the parts share variables

step_number=0
step_name='start'
step_log=/dev/null
step_start=''
step_times=''
may_be_root='' # yes or no, once it is known

# step NAME: begins the next step, with a log of its own.
step() {
	step_done
	step_number=$((step_number + 1))
	step_name=$1
	step_log=$logs/$step_number.log
	step_start=$SECONDS
	: >"$step_log"
	echo "[$step_number/$step_count] $step_name"
}

step_done() {
	local seconds
	[ -n "$step_start" ] || return 0
	seconds=$((SECONDS - step_start))
	note "$seconds s"
	step_times+=$(printf '%7d  %s' "$seconds" "$step_name")$'\n'
	step_name='' step_start=''
}

# Prints how long each step took.
print_step_times() {
	step_done
	echo 'Seconds of each step:'
	printf '%s%7d  in all; logs in %s\n' "$step_times" "$SECONDS" "$logs"
}

note() {
	echo "      $*"
}

# die WHAT-FAILED WHAT-TO-DO: prints both and the end of the log, and exits.
die() {
	trap - ERR
	if [ -s "$step_log" ]; then
		{
			echo "      the last lines of $step_log:"
			tail -n 30 "$step_log" | sed 's/^/      | /'
		} >&2
	fi
	echo "quickstart: ${step_name:-start}: $1" >&2
	echo "quickstart: $2" >&2
	[ "$mode" != test ] || echo '0 passed, 1 failed'
	exit 1
}

unexpected() {
	die "unexpected failure at $1" \
		'Please report it with the lines above and the log.'
}

# run COMMAND...: runs COMMAND, with its output in the step's log.
run() {
	echo "+ $*" >>"$step_log"
	"$@" >>"$step_log" 2>&1 </dev/null
}

# Succeeds if commands can be run as root. sudo may ask for a password only where
# there is a terminal, and once.
can_be_root() {
	[ "$(id -u)" = 0 ] && return
	[ -n "$may_be_root" ] || {
		may_be_root=no
		! sudo_lets || may_be_root=yes
	}
	[ "$may_be_root" = yes ]
}

sudo_lets() {
	command -v sudo >/dev/null || return 1
	sudo -n true 2>/dev/null && return
	[ -t 0 ] && [ -t 1 ] || return 1
	note 'sudo asks for your password. Without one (Enter) packages and /usr/local stay as they are, and ~/.local is used.'
	sudo -v
}

as_root() {
	if [ "$(id -u)" = 0 ]; then
		"$@"
	else
		sudo env DEBIAN_FRONTEND=noninteractive "$@"
	fi
}
