"""The pipeline: what becomes of an uploaded file, step by step.

    open ──▶ read × n ──▶ split ──▶ extract × m ──▶ ready
      └──▶ its attachments or entries, files of their own, open …

    open      is it a document, an archive, a mail? how many pages? what XML does it carry?
    read      pages in slices of a few seconds: words with boxes, and pictures for people; hardly
              legible pages twice
    split     the whole file at once: where documents begin, and what each one is
    extract   a few documents at a time: fields, proof, proposed accounts; where the proof fails,
              their pages are read again by the strong reader
    reread    one group again, after a person changed its pages or category
    assemble  the PDF of a validated document
    post      its entry, where the company lets the machine post what is sure

Each step takes a task's id, sees what is already done, does one thing, and names the next; the last
task of a step to finish begins the following one. Steps may run twice. Reading and understanding
live in `models`; what is written, in the transaction that closes the task.
"""

from __future__ import annotations

import time
from contextlib import closing
from dataclasses import asdict, replace

import structlog
from sqlalchemy import Connection, select, update

from domain.documents import FileStatus, ImportStatus
from domain.errors import Refused
from models.opening import Opened, open_file
from models.proposing import propose
from models.reading import PageRead, read_pages
from models.sandbox import ParserFailed
from models.understanding import clarify
from service.operations import automation, following
from service.operations.progress import finish_file
from storage import tables as t
from workers import arrivals, documents, grouping, pages, parsers, teaching
from workers.cache import local_copy, work_folder
from workers.jobs import Job, step, stopping

log = structlog.get_logger()

CHUNK_PAGES = 8
"""Pages of one read task: a unit of bookkeeping. Time is shared by slices, not by counting."""
SLICE_SECONDS = 3.0
"""A task gives up its place in line after this long, so that a small file waits little."""
CHUNK_GROUPS = 8


@step("open")
def open_(job: Job) -> None:
    """Open the file in a child process and write down what it holds."""
    house, task = job.house, job.task
    with house.store.reading() as connection:
        file = connection.execute(select(t.file).where(t.file.c.id == task.file_id)).one()
    if job.poisonous:
        refuse(job, file.id, FileStatus.FAILED, ParserFailed("parser_crashed", "worker died"))
        return
    limits = parsers.limits(house.settings)
    source = local_copy(house.objects, file.object_key)
    with work_folder() as folder:
        try:
            opened = open_file(
                parsers.sandbox(house.settings),
                source,
                file.name,
                limits,
                folder,
                depth=file.depth,
            )
            if opened.kind in ("archive", "mail") and not opened.pages:
                unpack(job, file.id, opened)
            else:
                begin_reading(job, file.id, opened)
        except ParserFailed as failure:
            log.warning("file.parser_failed", code=failure.code, cause=failure.cause)
            refuse(job, file.id, FileStatus.FAILED, failure)
        except Refused as refusal:
            refuse(job, file.id, FileStatus.REJECTED, refusal)


def refuse(job: Job, file_id: str, status: FileStatus, reason: Refused) -> None:
    """Close a file we cannot take, with the reason and what to do about it."""
    with job.finishing() as (connection, _):
        finish_file(
            connection,
            job.house.now(),
            file_id,
            status,
            {"code": reason.code, "message": reason.message, "advice": reason.advice},
        )


def unpack(job: Job, file_id: str, opened: Opened) -> None:
    """Turn the entries of an archive or the attachments of a mail into files of their own."""
    stored = arrivals.store_members(job.house, job.task.organisation_id, opened.members)
    with job.finishing() as (connection, _):
        arrivals.admit(connection, job.house, file_id, stored)
        _started(connection, job)
        connection.execute(
            update(t.file)
            .where(t.file.c.id == file_id)
            .values(kind=opened.kind, media_type=opened.media_type)
        )
        finish_file(connection, job.house.now(), file_id, FileStatus.UNPACKED)


def begin_reading(job: Job, file_id: str, opened: Opened) -> None:
    """Write the pages down and ask for them to be read."""
    house, task = job.house, job.task
    with house.store.reading() as connection:
        file = connection.execute(select(t.file).where(t.file.c.id == file_id)).one()
    pdf_key = file.object_key
    if opened.kind != "pdf":
        assert opened.pdf_path is not None
        pdf_key = f"{task.organisation_id}/derived/{file.sha256}.pdf"
        house.objects.put_file(pdf_key, opened.pdf_path, "application/pdf")
    count = len(opened.pages)
    ranges = [(n, min(n + CHUNK_PAGES, count)) for n in range(0, count, CHUNK_PAGES)]
    with job.finishing() as (connection, _):
        arrivals.count_pages(connection, house, task.organisation_id, count)
        arrivals.add_pages(connection, file, opened.pages)
        connection.execute(
            update(t.file)
            .where(t.file.c.id == file_id)
            .values(
                kind=opened.kind,
                media_type=opened.media_type,
                pdf_key=pdf_key,
                pages=count,
                status=FileStatus.READING,
                einvoice=opened.einvoice.to_json() if opened.einvoice else None,
                notes=[asdict(problem) for problem in opened.problems],
            )
        )
        _started(connection, job)
        job.add(connection, "read", file_id, ranges)


@step("read")
def read(job: Job) -> None:
    """Read the pages of a range that nobody has read yet, for one slice of time."""
    house, task = job.house, job.task
    with house.store.reading() as connection:
        file = connection.execute(select(t.file).where(t.file.c.id == task.file_id)).one()
        numbers = pages.unread(connection, file.id, task.first, task.last)
        known = pages.known(connection, file, numbers)
    for number, row in known.items():
        with job.writing(progress=True) as connection:
            pages.copy(connection, file.id, number, row)
    numbers = [number for number in numbers if number not in known]
    if numbers and job.poisonous:
        poison, *numbers = numbers
        log.error("page.poisonous", page=poison)
        keep(job, file, PageRead(pages.unreadable(poison, "worker_died"), None, None))
    until = time.monotonic() + SLICE_SECONDS
    source = local_copy(house.objects, file.pdf_key)
    settings = house.settings
    found = read_pages(parsers.sandbox(settings), source, numbers, parsers.options(settings))
    strengthen = parsers.strengthen(house, file.pdf_key)
    with closing(found):
        for done, page in enumerate(found, 1):
            keep(job, file, replace(page, text=clarify(page.text, strengthen)))
            if (time.monotonic() > until or stopping.is_set()) and done < len(numbers):
                job.put_back()
                return
    with job.finishing() as (connection, last):
        if last:
            begin_splitting(job, connection)


def keep(job: Job, file: pages.FileRow, page: PageRead) -> None:
    """Store what was read of a page; the objects first, so that no row points at nothing."""
    written = pages.store(job.house.objects, file, page)
    with job.writing(progress=True) as connection:
        pages.mark_read(connection, file.id, page.text, written)


def begin_splitting(job: Job, connection: Connection) -> None:
    assert job.task.file_id is not None
    connection.execute(
        update(t.file).where(t.file.c.id == job.task.file_id).values(status=FileStatus.SPLITTING)
    )
    job.add(connection, "split", job.task.file_id, [(0, 0)])


@step("split")
def split(job: Job) -> None:
    """Find where each document of the file begins and what it is."""
    house, task = job.house, job.task
    assert task.file_id is not None
    with house.store.reading() as connection:
        file = connection.execute(select(t.file).where(t.file.c.id == task.file_id)).one()
        keys = pages.readable(connection, file.id)
    if job.poisonous:
        proposal = grouping.one_group(list(keys))
    else:
        texts = pages.StoredPages(house.objects, list(keys.values()))
        extra = teaching.live_categories(house, task.organisation_id)
        proposal = propose(texts, is_einvoice=file.einvoice is not None, extra=extra)
        proposal = grouping.as_sorted_before(house, file, proposal, texts, list(keys))
    with job.finishing() as (connection, _):
        numbers = grouping.write(connection, house.now(), file, proposal)
        if not numbers:  # only blank or unreadable pages
            finish_file(connection, house.now(), file.id, FileStatus.READY)
            return
        connection.execute(
            update(t.file).where(t.file.c.id == file.id).values(status=FileStatus.EXTRACTING)
        )
        ranges = [
            (n, min(n + CHUNK_GROUPS, numbers.stop))
            for n in range(numbers.start, numbers.stop, CHUNK_GROUPS)
        ]
        job.add(connection, "extract", file.id, ranges)


@step("extract")
def extract(job: Job) -> None:
    """Read the fields of a few groups, prove them and propose accounts."""
    house, task = job.house, job.task
    assert task.file_id is not None
    assert task.import_id is not None
    with house.store.reading() as connection:
        groups = grouping.unextracted(connection, task.import_id, task.first, task.last)
    until = time.monotonic() + SLICE_SECONDS
    for done, group_id in enumerate(groups, 1):
        understand(job, group_id, twice=True, poisonous=job.poisonous and done == 1)
        if (time.monotonic() > until or stopping.is_set()) and done < len(groups):
            job.put_back()
            return
    with job.finishing() as (connection, last):
        if last:
            grouping.score_readers(connection, task.file_id)
            finish_file(connection, house.now(), task.file_id, FileStatus.READY)


@step("reread")
def reread(job: Job) -> None:
    """Understand one group again, quickly: a person changed its pages or its category, and waits."""
    assert job.task.subject is not None
    understand(job, job.task.subject, twice=False, poisonous=job.poisonous)
    with job.finishing() as (connection, _):
        following.read_at_last(job.house, connection, job.task.subject)


def understand(job: Job, group_id: str, *, twice: bool, poisonous: bool) -> None:
    result = (
        grouping.NOTHING if poisonous else grouping.understand(job.house, group_id, twice=twice)
    )
    with job.writing(progress=True) as connection:
        grouping.keep(connection, group_id, result)


@step("assemble")
def assemble(job: Job) -> None:
    """Make the one PDF of a validated document, and have its words found."""
    house, task = job.house, job.task
    assert task.subject is not None
    if job.poisonous:
        with house.store.transaction() as connection:
            job.give_up(connection, "parser_crashed")
        return
    with work_folder() as folder:
        made = documents.make_pdf(house, parsers.sandbox(house.settings), task.subject, folder)
        words = documents.words_of(house, task.subject)
    with job.finishing() as (connection, _):
        documents.keep(connection, task.subject, made, words)
        automation.ask(connection, house, task.subject)


@step(automation.STEP)
def post(job: Job) -> None:
    """Post a document that is sure enough, where its company lets the machine do so."""
    assert job.task.subject is not None
    if job.poisonous:
        with job.house.store.transaction() as connection:
            job.give_up(connection, "posting_failed")
        return
    outcome = automation.consider(job.house, job.task.organisation_id, job.task.subject)
    log.info("document.considered", document_id=job.task.subject, outcome=outcome)
    with job.finishing():
        pass


def _started(connection: Connection, job: Job) -> None:
    connection.execute(
        update(t.imports)
        .where(t.imports.c.id == job.task.import_id, t.imports.c.status == ImportStatus.RECEIVED)
        .values(status=ImportStatus.PROCESSING)
    )
