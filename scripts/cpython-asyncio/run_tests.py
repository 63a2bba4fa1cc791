"""Runs one module of CPython's test.test_asyncio on a chosen event loop and writes one JSON line about each test class.

As a program: run_tests.py MODULE LOOP OUTPUT [CLASS...]; LOOP is "stock" or "guest". `main` takes the same arguments.
"""

import asyncio
import faulthandler
import importlib
import io
import json
import os
import signal
import sys
import unittest
import warnings

CLASS_LIMIT = 120  # seconds


def install():
    """Makes GuestLoop the loop that asyncio and its tests get where they ask for the selector loop of this platform."""
    import asyncio.unix_events as unix_events

    import interloop

    class GuestLoop(interloop.GuestLoop):
        """GuestLoop with the constructor of a SelectorEventLoop: it keeps its own selector whatever a test asks for."""

        def __init__(self, selector=None):
            if selector is not None:
                selector.close()
            super().__init__()

    stock = unix_events._UnixSelectorEventLoop
    for module in (asyncio, unix_events):
        for name in ("SelectorEventLoop", "EventLoop"):
            if getattr(module, name, None) is stock:
                setattr(module, name, GuestLoop)
    unix_events._UnixDefaultEventLoopPolicy._loop_factory = GuestLoop
    asyncio.set_event_loop_policy(None)


def watch_callbacks():
    """Counts errors in callbacks: asyncio only logs them, so an assertion that fails inside one would go unseen."""
    from asyncio.base_events import BaseEventLoop

    original = BaseEventLoop.default_exception_handler
    counts = {"errors": 0}

    def default_exception_handler(self, context):
        if str(context.get("message", "")).startswith("Exception in callback"):
            counts["errors"] += 1
        original(self, context)

    BaseEventLoop.default_exception_handler = default_exception_handler
    return counts


class Recorder(unittest.TextTestResult):
    """Keeps an outcome for every test method, the worst one where it has several."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.outcomes = {}
        self.details = {}

    def startTest(self, test):
        super().startTest(test)
        self.outcomes.setdefault(self._key(test), "passed")

    @staticmethod
    def _key(test):
        return getattr(getattr(test, "test_case", test), "_testMethodName", None) or str(test)

    def _record(self, test, outcome, text=""):
        key = self._key(test)
        if self.outcomes.get(key) != "failed":
            self.outcomes[key] = outcome
        if text:
            self.details[key] = text

    def addError(self, test, err):
        super().addError(test, err)
        self._record(test, "failed", self.errors[-1][1])

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self._record(test, "failed", self.failures[-1][1])

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is not None:
            self._record(test, "failed", self._exc_info_to_string(err, test))

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self._record(test, "skipped", reason)

    def addUnexpectedSuccess(self, test):
        super().addUnexpectedSuccess(test)
        self._record(test, "failed", "unexpected success")


def tests_by_class(suite):
    """The test cases of `suite` in their order, in one list for each class."""
    classes = {}
    pending = list(suite)
    while pending:
        item = pending.pop(0)
        if isinstance(item, unittest.TestSuite):
            pending[:0] = list(item)
        else:
            classes.setdefault(type(item).__qualname__, []).append(item)
    return classes


def run_class(module_name, class_name, tests, counts):
    """Runs the tests of one class and returns the record of their outcomes."""
    counts["errors"] = 0
    with warnings.catch_warnings():
        runner = unittest.TextTestRunner(stream=io.StringIO(), resultclass=Recorder, warnings="default")
        result = runner.run(unittest.TestSuite(tests))
    record = {"module": module_name, "class": class_name, "passed": 0, "skipped": 0, "failed": {}, "callback_errors": 0}
    for method, outcome in sorted(result.outcomes.items()):
        if outcome == "failed":
            record["failed"][method] = result.details.get(method, "")
        else:
            record[outcome] += 1
    record["callback_errors"] = counts["errors"]
    return record


def main(arguments):
    module_name, loop_name, output, *wanted = arguments
    if loop_name == "guest":
        install()
    # An embedded interpreter may have left SIGINT to its host; the tests expect Python's own handler.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    counts = watch_callbacks()
    from test import support

    # What a plain "python -m test" allows: nothing that needs the network or much of the machine.
    support.use_resources = ["subprocess", "cpu", "walltime"]
    module = importlib.import_module("test.test_asyncio." + module_name)
    classes = tests_by_class(unittest.defaultTestLoader.loadTestsFromModule(module))
    with open(output, "w", encoding="utf-8") as file:

        def write(record):
            file.write(json.dumps(record) + "\n")
            file.flush()

        write({"classes": list(classes)})
        for class_name, tests in classes.items():
            if wanted and class_name not in wanted:
                continue
            # A test that hangs ends the process: what is written by then stays, and the caller goes on after this class.
            faulthandler.dump_traceback_later(CLASS_LIMIT, exit=True)
            write(run_class(module_name, class_name, tests, counts))
            faulthandler.cancel_dump_traceback_later()
        write({"done": True})


if __name__ == "__main__":
    main(sys.argv[1:])
    sys.stdout.flush()
    # A test may leave a thread behind; the results are written.
    os._exit(0)
