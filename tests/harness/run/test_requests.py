"""Rows as columns: what a check computes with."""

from pathlib import Path

import numpy as np

from harness.run import Requests, RequestWriter
from harness.run.requests import read_requests
from tests.builders import at, err, ok

ROWS = [
    ok(2, 0.030, lag=0.010, name="POST /posts", instance="app-2"),
    ok(1, 0.020),
    err(3, 0.500, error="HTTP 502", status=502),
    err(4, 5.0, error="TimeoutError", status=0),
    err(5, 0.001, error="HTTP 502", status=502),
]


def test_requests_are_in_order_of_their_intended_start() -> None:
    requests = Requests.of(ROWS)
    assert requests.intended.tolist() == [at(1), at(2), at(3), at(4), at(5)]
    assert len(requests) == 5


def test_latency_counts_from_the_intended_start_and_service_from_the_actual_one() -> None:
    requests = Requests.of(ROWS[:2])
    assert np.allclose(requests.latency_s, [0.020, 0.030])
    assert np.allclose(requests.service_s, [0.020, 0.020])


def test_what_has_an_error_failed_and_everything_else_is_ok() -> None:
    requests = Requests.of(ROWS)
    assert requests.failed.tolist() == [False, False, True, True, True]
    assert requests.ok.tolist() == [True, True, False, False, False]


def test_a_first_byte_that_never_came_is_minus_one() -> None:
    assert Requests.of(ROWS).first_byte.tolist() == [at(1.020), at(2.030), -1, -1, -1]


def test_the_other_columns_are_as_recorded() -> None:
    requests = Requests.of(ROWS)
    assert requests.status.tolist() == [200, 200, 502, 0, 502]
    assert requests.bytes.tolist() == [812, 812, 0, 0, 0]
    assert requests.finished.tolist() == [at(1.02), at(2.03), at(3.5), at(9), at(5.001)]
    assert requests.scenario.counts() == {"browse": 5}


def test_labels_count_words_the_most_frequent_first_and_leave_out_none() -> None:
    requests = Requests.of(ROWS)
    assert list(requests.error.counts().items()) == [("HTTP 502", 2), ("TimeoutError", 1)]
    assert requests.instance.counts() == {"app-1": 1, "app-2": 1}
    assert list(requests.name.counts().items()) == [("GET /feed", 4), ("POST /posts", 1)]


def test_labels_tell_which_rows_have_a_word() -> None:
    labels = Requests.of(ROWS).error
    assert labels.equal("HTTP 502").tolist() == [False, False, True, False, True]
    assert not labels.equal("a word that no row has").any()


def test_where_cuts_every_column_alike() -> None:
    requests = Requests.of(ROWS)
    cut = requests.where(requests.error.equal("HTTP 502"))
    assert len(cut) == 2
    assert cut.intended.tolist() == [at(3), at(5)]
    assert cut.failed.all()
    assert cut.error.counts() == {"HTTP 502": 2}
    assert cut.name.counts() == {"GET /feed": 2}
    assert {len(cut.where(cut.ok)), len(cut.where(cut.failed))} == {0, 2}


def test_no_requests_have_every_column_empty() -> None:
    requests = Requests.of([])
    assert len(requests) == 0
    assert requests.latency_s.tolist() == []
    assert requests.error.counts() == {}
    assert not requests.failed.any()


def test_what_two_workers_wrote_is_read_as_one_recording(tmp_path: Path) -> None:
    for worker, rows in (("browse-0", ROWS[:2]), ("browse-1", ROWS[2:])):
        writer = RequestWriter(tmp_path, worker)
        for row in rows:
            writer.add(row)
        writer.close()
    requests, whole = read_requests(tmp_path)
    assert whole
    assert requests.intended.tolist() == Requests.of(ROWS).intended.tolist()
    assert requests.error.counts() == Requests.of(ROWS).error.counts()


def test_a_folder_without_requests_has_none(tmp_path: Path) -> None:
    requests, whole = read_requests(tmp_path)
    assert (len(requests), whole) == (0, True)


def test_without_the_file_of_a_planned_worker_the_recording_is_not_whole(tmp_path: Path) -> None:
    writer = RequestWriter(tmp_path, "browse-0")
    writer.close()
    assert read_requests(tmp_path, ["browse-0"])[1]
    assert not read_requests(tmp_path, ["browse-0", "browse-1"])[1]
