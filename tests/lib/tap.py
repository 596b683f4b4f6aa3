# SPDX-License-Identifier: GPL-2.0-only
"""Prints test results as TAP, one line a check, and skips tests that cannot
run on this machine.

A test program ends with `tap.main(function, ...)`. Each function gets a Tap
and calls ok(), equal() or contains() on it. An exception counts as a failed
check, so that it cannot end the test unseen.

SMALLFIO_TEST_ONLY names the functions to run, with spaces between. Without the
variable all run.
"""
import os
import sys
import time
import traceback

DIAGNOSTIC_LINES = 25
ONLY = "SMALLFIO_TEST_ONLY"


def in_ci():
    """Returns whether this runs in CI. There a skipped check counts as failed,
    because nobody reads the log."""
    return any(os.environ.get(name, "").lower() not in ("", "0", "false")
               for name in ("CI", "SMALLFIO_CI"))


def until(condition, seconds=30):
    """Waits until the condition holds, and returns what it said last: it may no
    longer hold now."""
    end = time.monotonic() + seconds
    while not (said := condition()) and time.monotonic() < end:
        time.sleep(0.01)
    return said


class Unavailable(Exception):
    """Raised where this machine cannot run a check. The text says what the
    machine lacks."""


class Tap:
    def __init__(self):
        self.count = 0
        self.failed = 0

    def _line(self, good, name, directive=""):
        self.count += 1
        self.failed += not good
        name = str(name).replace("#", "")
        print(f"{'ok' if good else 'not ok'} {self.count} - {name}{directive}",
              flush=True)

    def ok(self, condition, name, *facts):
        """Prints the result of one check, and `facts` if it failed."""
        self._line(bool(condition), name)
        if not condition:
            self.diag(*facts)
        return bool(condition)

    def equal(self, found, expected, name, *facts):
        return self.ok(found == expected, name, f"found:    {short(found)}",
                       f"expected: {short(expected)}", *facts)

    def same_set(self, found, expected, name):
        """Checks that two sets are equal. If they differ, prints a few of the
        members that are missing and of those that are too many."""
        found, expected = set(found), set(expected)
        missing, extra = expected - found, found - expected
        return self.ok(not missing and not extra, name,
                       f"{len(missing)} missing: {sorted(missing)[:4]}",
                       f"{len(extra)} too many: {sorted(extra)[:4]}")

    def contains(self, text, words, name):
        """Checks that each of `words` is in `text`, wherever the text breaks
        its lines."""
        flat = " ".join(text.split()).lower()
        lacking = [w for w in words
                   if w.lower() not in text.lower() and w.lower() not in flat]
        return self.ok(not lacking, name, f"not found: {lacking}", "in:", text)

    def skip(self, name, why):
        if in_ci():
            self._line(False, name)
            self.diag(f"cannot run here, and CI must: {why}")
        else:
            self._line(True, name, f" # SKIP {why}")

    def diag(self, *facts):
        for fact in facts:
            lines = str(fact).splitlines()
            if len(lines) > DIAGNOSTIC_LINES:
                half = DIAGNOSTIC_LINES // 2
                lines = lines[:half] + ["..."] + lines[-half:]
            # A control character would make meson's XML unreadable.
            for line in lines:
                print("#  ", "".join(c if c.isprintable() else repr(c)[1:-1]
                                     for c in line), flush=True)


def short(value):
    text = repr(value)
    return text if len(text) <= 600 else text[:600] + "..."


def best_of(tries, measure, good):
    """Measures up to `tries` times. Returns the first result that is good, or
    the last one. This is for measurements that a machine which stands still
    can spoil, but never makes look good."""
    for _ in range(tries):
        found = measure()
        if good(found):
            break
    return found


def sharing(make, *functions):
    """Returns the functions for main(), each called with the Tap and with what
    make() returned. make() is called once, before the first of them. If it
    raises Unavailable, all of them are skipped."""
    place, missing = [], []

    def on_place(function):
        def run(t):
            if missing:
                raise missing[0]
            if not place:
                try:
                    place.append(make())
                except Unavailable as why:
                    missing.append(why)
                    raise
            function(t, place[0])
        run.__name__ = function.__name__
        return run
    return map(on_place, functions)


_last = []


def at_end(function):
    """Has main() call a function after all others, to end or check things."""
    _last.insert(0, function)


def _functions(functions):
    only = os.environ.get(ONLY, "").split()
    yield from (f for f in functions if not only or f.__name__ in only)
    while _last:
        yield _last.pop(0)


def main(*functions, apart=False):
    """Runs each function, also after one that raised an exception. `apart` says
    that no function needs what another one did, so that attempts.py can run those
    again that failed, without the others."""
    tap = Tap()
    for function in _functions(functions):
        begun = time.monotonic()
        try:
            function(tap)
        except Unavailable as why:
            tap.skip(function.__name__, why)
        except Exception:  # any exception is a failed test
            tap.ok(False, f"{function.__name__} ran to its end",
                   traceback.format_exc())
        if apart and function in functions:
            print(f"# {function.__name__} has ended after "
                  f"{time.monotonic() - begun:.1f} s", flush=True)
    print(f"1..{tap.count}", flush=True)
    sys.exit(1 if tap.failed else 0)
