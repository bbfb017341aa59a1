"""Every night: one task a flow, each with the exit codes of hygge as Airflow understands them."""

from __future__ import annotations

from datetime import datetime, timedelta

from airflow.exceptions import AirflowFailException, AirflowSkipException
from airflow.sdk import dag, task

PROJECT = "/srv/warehouse"


@task(retries=3, retry_delay=timedelta(minutes=15), retry_exponential_backoff=True)
def move(flow: str) -> dict[str, object]:
    """Run one flow; an entity that failed makes the task fail, and be tried again."""
    import hygge
    from hygge.errors import ConfigurationError, LeaseHeld, MissingConnector

    try:
        result = hygge.run(PROJECT, select=[flow])
    except LeaseHeld as held:
        raise AirflowSkipException(str(held)) from held
    except (ConfigurationError, MissingConnector) as wrong:
        raise AirflowFailException(str(wrong)) from wrong  # trying again changes nothing
    failed = [entity for entity in result.entities if entity.error]
    if failed:
        raise RuntimeError("; ".join(f"{one.flow}.{one.entity}: {one.error['message']}" for one in failed))
    return {"run_id": result.run_id, "rows": sum(one.rows_written for one in result.entities)}


@dag(schedule="30 2 * * *", start_date=datetime(2025, 1, 1), catchup=False, max_active_runs=1)
def warehouse():
    """The flows of the project, side by side."""
    for flow in ("erp", "crm"):
        move.override(task_id=flow)(flow)


warehouse()
