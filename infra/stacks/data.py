"""The data stack: all that a stage keeps, and what its function may do."""

from __future__ import annotations

from troposphere import Template

from infra.stacks.buckets import add_buckets
from infra.stacks.dashboard import add_dashboard
from infra.stacks.mail import add_mail
from infra.stacks.publisher import add_publisher
from infra.stacks.role import add_log_group, add_role
from infra.stacks.schedule import add_schedule
from infra.stacks.tables import add_tables
from infra.stacks.watch import add_alarms
from infra.stages import Stage


def template(stage: Stage) -> Template:
    made = Template(Description=f"Latchstring {stage.name}: tables, role, buckets, mail, alarms")
    made.set_version()
    tables = add_tables(made, stage)
    log_group = add_log_group(made, stage)
    add_role(made, stage, tables, log_group)
    add_schedule(made, stage)
    add_publisher(made, stage, add_buckets(made, stage))
    add_mail(made, stage)
    add_alarms(made, stage, log_group)
    add_dashboard(made, stage)
    return made
