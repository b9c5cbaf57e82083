"""Deployment controller of ECS: service deployments and revisions, rolling and blue/green, as AWS documents them.

MiniStack's own scheduler switches at once, and knows neither traffic nor stages. While a runner runs the tasks, this
one takes its place; without a runner MiniStack's deployments stay, and are recorded here.

- ``records``: what the API answers, and what is saved.
- ``operations``: the API.
- ``controller``: the loop, and the steps of a deployment.
- ``scheduler``: tasks of a service revision.
- ``traffic``: weights of listener rules.
- ``monitors``: circuit breaker and alarms.
- ``hooks``: Lambda functions that are asked at a stage.
- ``events``: what EventBridge and the service tell.

Strategies LINEAR and CANARY are refused.
"""
