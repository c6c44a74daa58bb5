"""Run the jobs of a source in the slots that there are; a job that fails does not stop the others."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Sequence

from seqexp.runs.jobs import Outcome
from seqexp.runs.processes import leave_signals_to_main_thread
from seqexp.sweeps.spec import JobSource, JobSpec, NoSlot, Slot
from seqexp.sweeps.workers.messages import Assignment, EpochReport, Message, Started
from seqexp.sweeps.workers.watch import SweepWatch
from seqexp.tracking.endings import Terminated
from seqexp.training.signals import signals_deferred

_POLL_SECONDS = 0.5  # between updates of the display, and questions about jobs that another sweep runs


# An event in a slot, by its index: a message of its job, the outcome of the job, or an exception of the slot itself.
_Event = tuple[int, Message | Outcome | BaseException]


def run_jobs(
    source: JobSource, slots: Sequence[Slot], assignment_of: Callable[[JobSpec], Assignment], watch: SweepWatch
) -> None:
    """Run all jobs of a source in the slots, of which each runs one at a time, and notify the watch of all events.

    For a job its slot is given what `assignment_of` returns.

    Raises:
        KeyboardInterrupt: Ctrl-C was pressed. The runs of the running jobs are KILLED, and notes say how to resume
            them.
        Terminated: SIGTERM came; the same.
        Exception: A slot, the source or the store failed; the same.
    """
    schedule = _Schedule(source, slots, assignment_of, watch)
    try:
        schedule.run()
    except BaseException as error:
        for note in schedule.stop():
            error.add_note(note)
        raise
    finally:
        schedule.end()


class _Schedule:
    def __init__(
        self,
        source: JobSource,
        slots: Sequence[Slot],
        assignment_of: Callable[[JobSpec], Assignment],
        watch: SweepWatch,
    ) -> None:
        self._source, self._slots, self._assignment_of, self._watch = source, slots, assignment_of, watch
        self._events: queue.SimpleQueue[_Event] = queue.SimpleQueue()
        self._busy: dict[int, JobSpec] = {}
        self._next: JobSpec | None = None  # taken from the source while no slot was ready
        self._threads: list[threading.Thread] = []

    def run(self) -> None:
        """Run until no job is left."""
        while True:
            with signals_deferred():  # an interrupt must not come between taking a job and giving it to its slot
                self._fill()
                if not self._busy and self._next is None:
                    self._next = self._source.next()  # perhaps only because no slot is ready
            if not self._busy:
                if self._next is not None:
                    self._check_slots_left()
                elif not self._source.waits:
                    return
            self._watch.ticked(waiting=not self._busy and self._next is None)
            try:
                index, what = self._events.get(timeout=_POLL_SECONDS)
            except queue.Empty:
                continue
            with signals_deferred():
                self._take(index, what)

    def stop(self) -> list[str]:
        """Stop all running jobs and return their notes; after a second interrupt, without waiting for them."""
        notes: list[str] = []
        hard = False
        for index in self._busy:
            self._slots[index].stop()
            self._slots[index].answer(goes_on=True)  # it may be waiting for an answer since before the interrupt
        while self._busy:
            try:
                index, what = self._events.get()
                slot = self._slots[index]
                if isinstance(what, Outcome):
                    self._take_outcome(index, what)
                    notes += what.notes
                elif isinstance(what, BaseException):
                    self._busy.pop(index)
                    notes.append(f"{slot.name}: {what}")
                else:
                    self._watch.received(slot, self._busy[index], what)
                    if isinstance(what, EpochReport) and what.asks:
                        slot.answer(goes_on=True)  # it is being stopped and must not wait
            except (KeyboardInterrupt, Terminated):
                if hard:
                    raise
                hard = True
                for index in self._busy:
                    self._slots[index].stop(hard=True)
        return notes

    def end(self) -> None:
        """Wait until the jobs' threads have ended."""
        for thread in self._threads:
            thread.join()

    def _fill(self) -> None:
        for index, slot in enumerate(self._slots):
            if index in self._busy or not slot.is_ready:
                continue
            spec, self._next = self._next or self._source.next(), None
            if spec is None:
                break
            assignment = self._assignment_of(spec)
            self._watch.began(slot, spec)
            self._busy[index] = spec  # from here on its outcome is waited for
            thread = threading.Thread(target=self._run, args=(index, assignment), name=slot.name, daemon=True)
            self._threads.append(thread)
            thread.start()
        else:
            return
        if not self._source.waits:
            self._release_idle()

    def _release_idle(self) -> None:
        """Release the slots that will get no job any more, while others still run."""
        for index, slot in enumerate(self._slots):
            if index not in self._busy:
                slot.release()

    def _check_slots_left(self) -> None:
        reasons = [slot.gone for slot in self._slots]
        if all(reasons):
            raise NoSlot("\n".join(dict.fromkeys(str(reason) for reason in reasons)))

    def _take(self, index: int, what: Message | Outcome | BaseException) -> None:
        spec, slot = self._busy[index], self._slots[index]
        if isinstance(what, Outcome):
            self._take_outcome(index, what)
            return
        if isinstance(what, BaseException):
            self._busy.pop(index)
            raise what
        self._watch.received(slot, spec, what)
        if isinstance(what, Started):
            self._source.started(spec, what.run_id)
        elif isinstance(what, EpochReport):
            goes_on = self._source.epoch_ended(spec, what.epoch, what.value)
            if what.asks:
                slot.answer(goes_on=goes_on)

    def _take_outcome(self, index: int, outcome: Outcome) -> None:
        spec = self._busy.pop(index)
        self._watch.ended(self._slots[index], spec, outcome)
        self._source.ended(spec, outcome)

    def _run(self, index: int, assignment: Assignment) -> None:
        """Run a job in a slot, in a thread of its own."""
        leave_signals_to_main_thread()
        ended: Outcome | BaseException
        try:
            ended = self._slots[index].run(assignment, lambda message: self._events.put((index, message)))
        except BaseException as error:  # noqa: BLE001 (raised in the main thread)
            ended = error
        self._events.put((index, ended))
