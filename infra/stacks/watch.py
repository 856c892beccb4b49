"""Who is told when something is wrong: alarms by mail, and the month's spending."""

from __future__ import annotations

from typing import Any, Final

from troposphere import Ref, Sub, Tags, Template, budgets, cloudwatch, logs, sns

from backend.storage.tables import TABLES
from infra.stacks.accepted import accepted
from infra.stacks.tables import logical_id
from infra.stages import Stage

MINUTES: Final = 60
SLOW_MILLISECONDS: Final = 3000
# SES puts an account under review at 5 % bounces and 0.1 % complaints.
BOUNCES: Final = 0.03
COMPLAINTS: Final = 0.0008


def add_topic(template: Template, stage: Stage) -> sns.Topic:
    return template.add_resource(
        sns.Topic(
            "Alarms",
            TopicName=Sub("${AWS::StackName}-alarms"),
            Subscription=[sns.Subscription(Endpoint=stage.alarm_email, Protocol="email")],
            Metadata=accepted(
                CKV_AWS_26="Alarms name no person, and CloudWatch cannot write with AWS's own key."
            ),
            Tags=Tags(stage=stage.name),
        )
    )


def alarm(title: str, topic: sns.Topic, about: str, **options: Any) -> cloudwatch.Alarm:
    """An alarm that is quiet while nothing is measured, and tells when all is well again."""
    return cloudwatch.Alarm(
        title,
        AlarmDescription=about,
        TreatMissingData="notBreaching",
        AlarmActions=[Ref(topic)],
        OKActions=[Ref(topic)],
        **{"EvaluationPeriods": 1, "Period": 5 * MINUTES, **options},
    )


def add_alarms(template: Template, stage: Stage, log_group: logs.LogGroup) -> None:
    topic = add_topic(template, stage)
    function = [cloudwatch.MetricDimension(Name="FunctionName", Value=stage.function)]
    for title, metric, about in (
        ("Errors", "Errors", "The function failed or ran out of time."),
        ("Throttles", "Throttles", "More calls came at once than the account lets functions run."),
    ):
        template.add_resource(
            alarm(
                title,
                topic,
                about,
                Namespace="AWS/Lambda",
                MetricName=metric,
                Dimensions=function,
                Statistic="Sum",
                **_above(0),
            )
        )
    template.add_resource(
        alarm(
            "Slow",
            topic,
            f"One answer in a hundred took longer than {SLOW_MILLISECONDS} ms.",
            Namespace="AWS/Lambda",
            MetricName="Duration",
            Dimensions=function,
            ExtendedStatistic="p99",
            **{**_above(SLOW_MILLISECONDS), "EvaluationPeriods": 3},
        )
    )
    _add_server_errors(template, stage, topic, log_group)
    _add_table_throttles(template, stage, topic)
    _add_reputation(template, topic)
    _add_budget(template, stage)


def _above(threshold: float) -> dict[str, Any]:
    return {"ComparisonOperator": "GreaterThanThreshold", "Threshold": threshold}


def _add_server_errors(
    template: Template, stage: Stage, topic: sns.Topic, log_group: logs.LogGroup
) -> None:
    """The function catches its own errors and answers 5xx, which Lambda counts as success."""
    counted = {"MetricNamespace": f"Latchstring/{stage.name}", "MetricName": "server_errors"}
    template.add_resource(
        logs.MetricFilter(
            "ServerErrorFilter",
            LogGroupName=Ref(log_group),
            FilterPattern='{ $.event = "request" && $.status >= 500 }',
            MetricTransformations=[logs.MetricTransformation(MetricValue="1", **counted)],
        )
    )
    template.add_resource(
        alarm(
            "ServerErrors",
            topic,
            "Requests were answered with 5xx.",
            Namespace=counted["MetricNamespace"],
            MetricName=counted["MetricName"],
            Statistic="Sum",
            **_above(2),
        )
    )


def _add_table_throttles(template: Template, stage: Stage, topic: sns.Topic) -> None:
    for table in TABLES:
        name = stage.table_prefix + table.name
        template.add_resource(
            alarm(
                f"{logical_id(table)}Throttles",
                topic,
                f"{name} turned writes away.",
                Namespace="AWS/DynamoDB",
                MetricName="WriteThrottleEvents",
                Dimensions=[cloudwatch.MetricDimension(Name="TableName", Value=name)],
                Statistic="Sum",
                **_above(0),
            )
        )


def _add_reputation(template: Template, topic: sns.Topic) -> None:
    """These are the whole account's, as SES judges accounts."""
    for title, limit in (("Bounce", BOUNCES), ("Complaint", COMPLAINTS)):
        template.add_resource(
            alarm(
                f"{title}s",
                topic,
                f"SES will review the account: its {title.lower()} rate is too high.",
                Namespace="AWS/SES",
                MetricName=f"Reputation.{title}Rate",
                Statistic="Average",
                **{**_above(limit), "Period": 60 * MINUTES},
            )
        )


def _add_budget(template: Template, stage: Stage) -> None:
    if not stage.monthly_budget_usd:
        return
    mail = [budgets.Subscriber(Address=stage.alarm_email, SubscriptionType="EMAIL")]
    template.add_resource(
        budgets.Budget(
            "Budget",
            Budget=budgets.BudgetData(
                BudgetName=Sub("${AWS::StackName}"),
                BudgetType="COST",
                TimeUnit="MONTHLY",
                BudgetLimit=budgets.Spend(Amount=stage.monthly_budget_usd, Unit="USD"),
            ),
            NotificationsWithSubscribers=[
                budgets.NotificationWithSubscribers(
                    Notification=budgets.Notification(
                        ComparisonOperator="GREATER_THAN",
                        NotificationType=kind,
                        Threshold=percent,
                        ThresholdType="PERCENTAGE",
                    ),
                    Subscribers=mail,
                )
                for kind, percent in (("ACTUAL", 80), ("FORECASTED", 100))
            ],
        )
    )
