# SPDX-License-Identifier: GPL-2.0-only
"""TAP, one test point a check, and what a test does where it cannot run.

A program of tests is `tap.main(function)`; the function gets a Tap and calls
ok(), equal(), contains() on it. An exception is a failed test point, not a
silent end.
"""
import os
import sys
import traceback

DIAGNOSTIC_LINES = 25


def in_ci():
    """Where nobody reads the log, a check that did not run has failed."""
    return any(os.environ.get(name, "").lower() not in ("", "0", "false")
               for name in ("CI", "SMALLFIO_CI"))


class Unavailable(Exception):
    """This machine cannot run the check; the text says what it lacks."""


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
        """`facts` are printed where the check fails."""
        self._line(bool(condition), name)
        if not condition:
            self.diag(*facts)
        return bool(condition)

    def equal(self, found, expected, name, *facts):
        return self.ok(found == expected, name, f"found:    {short(found)}",
                       f"expected: {short(expected)}", *facts)

    def same_set(self, found, expected, name):
        """Compares sets, and shows a few of each difference."""
        found, expected = set(found), set(expected)
        missing, extra = expected - found, found - expected
        return self.ok(not missing and not extra, name,
                       f"{len(missing)} missing: {sorted(missing)[:4]}",
                       f"{len(extra)} too many: {sorted(extra)[:4]}")

    def contains(self, text, words, name):
        """Each of `words` is in `text`, wherever the text breaks its lines."""
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
    """What `measure` returns, the first that is good or the last: for what a
    machine that stands still for a while spoils, and never makes good."""
    for _ in range(tries):
        found = measure()
        if good(found):
            break
    return found


def sharing(make, *functions):
    """For main(): each function gets, beside the Tap, what `make` has made for
    the first of them that runs. What cannot be made here skips all of them."""
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
    """Has a function run after all others, to end or check things."""
    _last.insert(0, function)


def _functions(functions):
    yield from functions
    while _last:
        yield _last.pop(0)


def main(*functions):
    """Runs each function; one that raises does not keep the others back."""
    tap = Tap()
    for function in _functions(functions):
        try:
            function(tap)
        except Unavailable as why:
            tap.skip(function.__name__, why)
        except Exception:  # any exception is a failed test
            tap.ok(False, f"{function.__name__} ran to its end",
                   traceback.format_exc())
    print(f"1..{tap.count}", flush=True)
    sys.exit(1 if tap.failed else 0)
