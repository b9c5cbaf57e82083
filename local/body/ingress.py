"""The ingress: one Envoy that is the deployed load balancers and distributions.

Weights and targets change without a dropped request. Nothing in it repeats a request, which would hide a failure.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from typing_extensions import override

from local.body import distributions, load_balancers
from local.body.addresses import Address, Addresses
from local.body.children import Children
from local.body.deployed import Deployed
from local.body.distributions import Distribution, Origin, read_aliases, read_distributions
from local.body.edge_functions import EdgeFunctions
from local.body.envoy import Message, listener, typed
from local.body.envoy_process import Configuration, EnvoyProcess, Host
from local.body.load_balancers import Listener, ListenerRoutes, LoadBalancer, TargetGroup, read_load_balancers
from local.body.part import Part
from local.body.ports import CLOSED_PORT, LOOPBACK, Ports
from local.body.registrations import Registrations
from local.body.web_acls import WebAcl, WebAclFilters
from local.proxy.certificates import Authority
from local.proxy.files import write

# How long an idle connection of a viewer is kept; CloudFront names no number.
_VIEWER_IDLE_SECONDS = 60.0


@dataclass(frozen=True, kw_only=True)
class DeployedIngress:
    """Deployed resources in front of the tasks.

    Attributes:
        balancers: all Application Load Balancers.
        distributions: all distributions.
        aliases: names of resources, by their other names in Route 53.
        emulator: URL of the embedded AWS.
    """

    balancers: Sequence[LoadBalancer] = ()
    distributions: Sequence[Distribution] = ()
    aliases: Mapping[str, str] = field(default_factory=dict)
    emulator: str = ""

    @property
    def target_groups(self) -> list[TargetGroup]:
        """Target groups of all load balancers."""
        return [group for balancer in self.balancers for group in balancer.target_groups]


def read_ingress(deployed: Deployed) -> DeployedIngress:
    """Read what is deployed in front of the tasks."""
    return DeployedIngress(
        balancers=read_load_balancers(deployed),
        distributions=read_distributions(deployed),
        aliases=read_aliases(deployed),
        emulator=deployed.cloud.endpoint,
    )


class Ingress(Part):
    """One Envoy that is the deployed load balancers and distributions.

    Attributes:
        urls: addresses for viewers by the names of distributions, which are the first alias, else the domain.
        deployed: what was deployed when it was last looked at.
        hosts: targets that Envoy checks, by the full name of their target group.
        requests: file in which Envoy writes down each request, a JSON object each line.
        authority: signs the certificates of the load balancers.

    Args:
        children: of the body.
        ports: of the body.
        addresses: of the body; load balancers are published there by their host names and deployed ports.
        directory: of the body.
    """

    def __init__(self, children: Children, ports: Ports, addresses: Addresses, directory: Path) -> None:
        super().__init__()
        folder = directory / "ingress"
        folder.mkdir(parents=True, exist_ok=True)
        self.urls: Mapping[str, str] = {}
        self.deployed = DeployedIngress()
        self.hosts: Mapping[str, Mapping[Address, Host]] = {}
        self.requests = folder / "requests.log"
        self.authority = Authority(folder)
        self._ports = ports
        self._addresses = addresses
        self._envoy = EnvoyProcess(children, ports, folder)
        self._functions = EdgeFunctions(children, ports, folder / "functions")
        self._registrations = Registrations()
        self._signed: set[str] = set()
        self._published: set[tuple[str, int]] = set()

    def reconcile(self, deployed: DeployedIngress, targets: Mapping[str, Sequence[Address]]) -> None:
        """Bring Envoy to what is deployed.

        Args:
            deployed: what is deployed.
            targets: of target groups, by their ARNs. One that is left out is drained.
        """
        self.deployed = deployed
        if not deployed.balancers and not deployed.distributions:
            self.stop()
            self._publish({})
            self.urls, self.hosts = {}, {}
            self.problems, self.waiting, self.notes = (), (), ()
            return
        self.hosts = self._envoy.hosts()
        self._sign(deployed.balancers)
        plan = _Plan(deployed, self)
        self._registrations.forget_others(deployed.target_groups)
        for group in deployed.target_groups:
            known = self.hosts.get(group.full_name, {})
            registered = self._registrations.update(group, targets.get(group.arn, ()), known)
            name = load_balancers.cluster_name(group)
            plan.configuration.endpoints[name] = load_balancers.endpoints(group, registered)
        functions = {name: code for each in deployed.distributions for name, code in each.functions.items()}
        self._functions.run(functions)
        plan.configuration.clusters += [self._functions.cluster()] if functions else []
        self._envoy.run(plan.configuration)
        self._publish(plan.published)
        self.urls = plan.urls
        self.notes = list(dict.fromkeys(plan.notes))
        waiting = [] if self._envoy.ready and self._functions.ready else ["The ingress starts"]
        self.waiting = [*waiting, *(line for group in deployed.target_groups for line in self._unchecked(group))]
        problems = [
            *plan.problems,
            *self._envoy.refused(),
            *filter(None, [self._envoy.problem, self._functions.problem]),
        ]
        self.problems = [*problems, *(line for group in deployed.target_groups for line in self._failing(group))]

    @property
    def target_states(self) -> Mapping[str, Sequence[tuple[Address, str]]]:
        """Targets with their states as DescribeTargetHealth names them, by the ARN of their target group."""
        return {
            group.arn: [
                *((target, self._state(group, target)) for target in self._registrations.registered(group)),
                *((target, "draining") for target in self._registrations.draining(group)),
            ]
            for group in self.deployed.target_groups
        }

    def _state(self, group: TargetGroup, target: Address) -> str:
        host = self.hosts.get(group.full_name, {}).get(target)
        if host is None or host.initial or host.draining:
            return "initial"
        return "healthy" if host.healthy else "unhealthy"

    def healthy(self, target: Address) -> bool:
        """True where a target passes the health checks of each target group that it is registered with."""
        found = [known[target] for known in self.hosts.values() if target in known and not known[target].draining]
        return bool(found) and all(each.healthy for each in found)

    def drained(self, target: Address) -> bool:
        """True where a target is registered nowhere, and has answered all that it was asked."""
        return not self._registrations.holds(target)

    def reopen_log(self) -> None:
        """Let Envoy write ``requests`` anew, after the file was moved away."""
        self._envoy.reopen_log()

    @override
    def stop(self) -> None:
        self._envoy.stop()
        self._functions.stop()

    def port(self, name: str) -> int:
        """Return the port of a listener by its name."""
        return self._ports.port(name)

    def file(self, folder: str, name: str) -> Path:
        """Return the file of Envoy's for what has a name."""
        return self._envoy.file(folder, name)

    def _publish(self, listeners: Mapping[tuple[str, int], int]) -> None:
        """Tell others where load balancers listen, by deployed host name and port."""
        for host, deployed in self._published - listeners.keys():
            self._addresses.withdraw(host, deployed)
        for (host, deployed), port in listeners.items():
            self._addresses.publish(host, deployed, Address(port))
        self._published = set(listeners)

    def _sign(self, balancers: Sequence[LoadBalancer]) -> None:
        """Make the certificates of listeners, once for each process of ours: they end after a year."""
        names = sorted({each.certificate for balancer in balancers for each in balancer.listeners if each.certificate})
        if set(names) <= self._signed:
            return
        self.authority.create(names)
        for name in names:
            file = self.file("certificates", name)
            file.parent.mkdir(exist_ok=True)
            write(file, self.authority.pem(name))
        self._signed = set(names)

    def _unchecked(self, group: TargetGroup) -> list[str]:
        known = self.hosts.get(group.full_name, {})
        found = [each for each in self._registrations.registered(group) if each not in known or known[each].initial]
        return [f"The first health check of {each}" for each in found]

    def _failing(self, group: TargetGroup) -> list[str]:
        known = self.hosts.get(group.full_name, {})
        found = [known.get(each) for each in self._registrations.registered(group)]
        failing = [each for each in found if each and not each.healthy and not each.initial]
        if not failing or not group.health_check:
            return []
        return [
            f"{len(failing)} of {len(found)} targets fail the health check GET {group.health_check.path} of "
            f"{group.full_name}; the logs of the tasks say why"
        ]


@dataclass
class _Plan:
    """Configuration of Envoy for what is deployed, and what is to be said of it.

    Attributes:
        deployed: what is deployed.
        ingress: has the ports and files.
        configuration: all but the endpoints of target groups.
        urls: addresses of distributions by name.
        published: ports of the load balancers' listeners, by deployed host name and port.
        problems: a line each.
        notes: a line each.
    """

    deployed: DeployedIngress
    ingress: Ingress
    configuration: Configuration = field(default_factory=Configuration)
    urls: dict[str, str] = field(default_factory=dict)
    published: dict[tuple[str, int], int] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        for balancer in self.deployed.balancers:
            protection = self._protection(balancer.web_acl)
            for group in balancer.target_groups:
                file = self.ingress.file("endpoints", load_balancers.cluster_name(group))
                self.configuration.clusters.append(load_balancers.cluster(balancer, group, file))
            for each in balancer.listeners:
                self._add_listener(balancer, each, protection)
        for distribution in self.deployed.distributions:
            self._add_distribution(distribution, self._protection(distribution.web_acl))

    def _protection(self, web_acl: WebAcl | None) -> WebAclFilters:
        protection = WebAclFilters(web_acl)
        self.notes += protection.notes
        return protection

    def _add_listener(self, balancer: LoadBalancer, deployed: Listener, protection: WebAclFilters) -> None:
        name = _listener_name(balancer, deployed.port)
        routes = ListenerRoutes(balancer, deployed, protection.headers)
        self.notes += routes.notes
        self.configuration.routes[name] = routes.configuration(name)
        port = self.ingress.port(name)
        self.configuration.listeners.append(
            listener(
                name,
                port,
                routes=self.ingress.file("routes", name),
                filters=protection.filters,
                log=self._log(balancer.full_name),
                idle_seconds=balancer.idle_seconds,
                options=load_balancers.options(balancer),
                certificate=self.ingress.file("certificates", deployed.certificate) if deployed.certificate else None,
            )
        )
        self.published[balancer.dns_name, deployed.port] = port

    def _add_distribution(self, distribution: Distribution, protection: WebAclFilters) -> None:
        self.notes += distribution.notes
        self.configuration.clusters += [
            distributions.bucket_cluster(distribution, origin, self.deployed.emulator)
            if origin.bucket
            else distributions.server_cluster(
                distribution, origin, self._origin_port(distribution, origin), self.ingress.authority.certificate
            )
            for origin in distribution.origins.values()
        ]
        name = distribution.identifier
        self.configuration.routes[name] = distributions.configuration(distribution, name, protection.headers)
        port = self.ingress.port(name)
        self.configuration.listeners.append(
            listener(
                name,
                port,
                routes=self.ingress.file("routes", name),
                filters=[*protection.filters, *distributions.filters()],
                log=self._log(name),
                idle_seconds=_VIEWER_IDLE_SECONDS,
                options=distributions.options(),
            )
        )
        self.urls[distribution.name] = f"http://{LOOPBACK}:{port}"

    def _origin_port(self, distribution: Distribution, origin: Origin) -> int:
        """Return the port of a server that a distribution calls by a name of Route 53, or by its own."""
        host = self.deployed.aliases.get(origin.host.lower(), origin.host.lower())
        for balancer in self.deployed.balancers:
            if balancer.dns_name.lower() == host and origin.port in [each.port for each in balancer.listeners]:
                return self.ingress.port(_listener_name(balancer, origin.port))
        self.problems.append(
            f"The origin {origin.host} of the distribution {distribution.name} leads to no deployed load balancer that "
            f"listens on port {origin.port}: what is sent to it is answered with 502"
        )
        return CLOSED_PORT

    def _log(self, name: str) -> Message:
        """Return the log of requests. It has no header of a request: some are secret."""
        fields = {
            "name": name,
            "start": "%START_TIME(%s.%3f)%",
            "milliseconds": "%DURATION%",
            "status": "%RESPONSE_CODE%",
            "details": "%RESPONSE_CODE_DETAILS%",
            "cluster": "%UPSTREAM_CLUSTER_RAW%",
            "target": "%UPSTREAM_HOST%",
            "target_microseconds": "%COMMON_DURATION(US_TX_BEG:US_RX_BEG:us)%",
            "bytes": "%BYTES_SENT%",
        }
        log = typed(
            "envoy.extensions.access_loggers.file.v3.FileAccessLog",
            path=str(self.ingress.requests),
            log_format={"json_format": fields},
        )
        return {"name": "requests", "typed_config": log}


def _listener_name(balancer: LoadBalancer, port: int) -> str:
    return f"{balancer.full_name}:{port}"
