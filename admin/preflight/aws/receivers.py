"""Receivers: subscriptions of the topics that nobody has confirmed, or that are gone."""

from collections.abc import Iterator
from functools import partial

from admin.preflight.aws.account import Account
from admin.preflight.aws.needs import Needs
from admin.preflight.model import Answer, Check, fine, missing
from assembly import Resource, Stack

_KIND = "AWS::SNS::Subscription"
# In place of an ARN ("ListSubscriptionsByTopic", Amazon SNS API reference).
_PENDING = "PendingConfirmation"


def checks(needs: Needs, account: Account) -> Iterator[Check]:
    """Yield a check for each stack that subscribes receivers by e-mail."""
    for stack in needs.stacks:
        if found := [each for each in stack.resources.values() if _by_mail(each)]:
            yield Check("receivers", f"{stack.name}, {stack.region}", partial(_stack, needs, account, stack, found))


def _by_mail(resource: Resource) -> bool:
    return resource.type == _KIND and resource.properties["Protocol"] == "email"


def _stack(needs: Needs, account: Account, stack: Stack, subscriptions: list[Resource]) -> Answer:
    waiting, steps = [], []
    deployed = 0
    for subscription in subscriptions:
        topic = next(needs.assembly.references_of(subscription, "TopicArn"))
        arn = account.physical_id(needs.stack_of(topic), topic.id)
        if arn is None:
            continue
        deployed += 1
        address = str(subscription.properties["Endpoint"])
        found = account.pages("sns", stack.region, "list_subscriptions_by_topic", "Subscriptions", TopicArn=arn)
        states = {each["SubscriptionArn"] for each in found if each["Endpoint"] == address}
        if states and _PENDING not in states:
            continue
        name = arn.rpartition(":")[2]
        waiting.append(f"{address} has {'not confirmed' if states else 'no subscription to'} {name}")
        steps.append(
            f"aws sns subscribe --topic-arn {arn} --protocol email --notification-endpoint {address}"
            f" --region {stack.region}, and {address} follows the link in the mail"
        )
    if waiting:
        return missing("; ".join(waiting), *steps)
    if not deployed:
        return fine("not deployed yet; each receiver confirms a mail afterwards")
    return fine(f"{deployed} confirmed")
