"""Reads the sandbox's answers with the generated client, and holds them to the types that it declares.

    reader.py PROGRAM

The generated code checks little by itself: it turns any value into a text or a truth. So the raw document is
compared with the declared types as well, field by field, and so is what was made of it.
"""

import datetime
import json
import os
import re
import subprocess
import sys
import time
import traceback
import urllib.request

import octopus_deploy_swagger_client as octopus
from octopus_deploy_swagger_client import models

NAMES = {"list": re.compile(r"list\[(.*)\]"), "dict": re.compile(r"dict\(([^,]*), (.*)\)")}
PRIMITIVES = {"str": str, "bool": bool, "int": int, "float": (int, float)}


class Sandbox:
    """A running `promenade sandbox`, as a context."""

    def __init__(self, program):
        words = [program, "sandbox", "--listen", "127.0.0.1:0", "--json", "--time-scale", "50"]
        environment = {"PATH": os.environ.get("PATH", "")}
        self.process = subprocess.Popen(words, stdout=subprocess.PIPE, env=environment, text=True)
        ready = json.loads(self.process.stdout.readline())
        self.url, self.key, self.space = ready["url"], ready["apiKey"], ready["space"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()

    def send(self, path, body):
        """A POST that the generated reader, being of 2019, does not know."""
        request = urllib.request.Request(f"{self.url}/api/{self.space}/{path}", json.dumps(body).encode())
        request.add_header("X-Octopus-ApiKey", self.key)
        request.add_header("Content-Type", "application/json")
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.load(answer)

    def release(self, project, version):
        body = {"SpaceId": self.space, "SpaceIdOrName": self.space, "ProjectName": project, "ReleaseVersion": version}
        return self.send("releases/create/v1", body)["ReleaseId"]

    def deploy(self, project, version, environment, **more):
        body = {"SpaceId": self.space, "SpaceIdOrName": self.space, "ProjectName": project,
                "ReleaseVersion": version, "EnvironmentNames": [environment], **more}
        return self.send("deployments/create/untenanted/v1", body)["DeploymentServerTasks"][0]


class Audit:
    """Compares a raw document and what was made of it with a declared type; keeps what was compared."""

    def __init__(self):
        self.problems = []
        self.fields = 0

    def value(self, raw, made, kind, place):
        if raw is None:
            self.say(made is None, place, f"null was read as {made!r}")
        elif match := NAMES["list"].fullmatch(kind):
            if self.say(isinstance(raw, list) and len(raw) == len(made), place, f"{raw!r} is no {kind}"):
                for at, (one, other) in enumerate(zip(raw, made)):
                    self.value(one, other, match[1], f"{place}[{at}]")
        elif match := NAMES["dict"].fullmatch(kind):
            if self.say(isinstance(raw, dict) and raw.keys() == made.keys(), place, f"{raw!r} is no {kind}"):
                for key, one in raw.items():
                    self.value(one, made[key], match[2], f"{place}.{key}")
        elif kind == "object":
            self.say(raw == made, place, f"{raw!r} became {made!r}")
        elif kind == "datetime":
            aware = isinstance(made, datetime.datetime) and made.tzinfo is not None
            self.say(isinstance(raw, str) and aware, place, f"{raw!r} is no moment with an offset")
        elif kind in PRIMITIVES:
            fits = isinstance(raw, PRIMITIVES[kind]) and (kind == "bool" or not isinstance(raw, bool))
            self.say(fits and raw == made, place, f"{raw!r} is no {kind}")
        else:
            self.model(raw, made, kind, place)

    def model(self, raw, made, kind, place):
        declared = getattr(models, kind)
        # A server writes the value of a property that is no secret as plain text.
        if not declared.swagger_types or kind == "PropertyValueResource" and isinstance(raw, str):
            return
        if not self.say(isinstance(raw, dict), place, f"{raw!r} is no {kind}"):
            return
        if self.say(isinstance(made, declared), place, f"{kind} became {made!r}"):
            for attribute, inner in declared.swagger_types.items():
                name = declared.attribute_map[attribute]
                if name in raw:
                    self.value(raw[name], getattr(made, attribute), inner, f"{place}.{name}")

    def say(self, fits, place, words):
        self.fields += 1
        if not fits:
            self.problems.append(f"{place}: {words}")
        return fits


class Reader:
    """The generated client, which audits all that it reads."""

    def __init__(self, sandbox):
        configuration = octopus.Configuration()
        configuration.host = sandbox.url
        configuration.api_key["X-Octopus-ApiKey"] = sandbox.key
        self.client = octopus.ApiClient(configuration)
        self.client.set_default_header("X-Octopus-ApiKey", sandbox.key)
        self.space = sandbox.space
        self.fields = 0

    def read(self, api, method, *arguments, wants=(), **query):
        """What the generated `method` of `api` makes of the answer; `wants` must be in the document."""
        made = getattr(getattr(octopus, api)(self.client), f"{method}_spaces")(self.space, *arguments, **query)
        return self.audit(made, wants)

    def get(self, path, kind, wants=(), **query):
        """The same for a query that the generated method does not offer, with the declared type `kind`."""
        headers = {"Accept": "application/json"}
        made = self.client.call_api(f"/api/{self.space}/{path}", "GET", {}, list(query.items()), headers,
                                    response_type=kind, auth_settings=[], _return_http_data_only=True)
        return self.audit(made, wants, kind)

    def audit(self, made, wants, kind=None):
        raw = json.loads(self.client.last_response.data)
        audit = Audit()
        if kind is None:
            kind = f"list[{type(made[0]).__name__}]" if isinstance(made, list) else type(made).__name__
        audit.value(raw, made, kind, kind)
        assert not audit.problems, "\n".join(audit.problems)
        assert audit.fields > 5 or isinstance(raw, list), f"only {audit.fields} fields of {kind} were compared"
        missing = [name for name in wants if name not in raw]
        assert not missing, f"{kind} lacks {missing}"
        self.fields += audit.fields
        return made


def ended(reader, task):
    """Looks at a task until it has ended."""
    load = "load_response_descriptor_server_tasks_server_task_task_resource"
    until = time.monotonic() + 20
    while time.monotonic() < until:
        made = reader.read("TasksApi", load, task)
        if made.is_completed:
            return made
        time.sleep(0.02)
    raise AssertionError(f"{task} did not end")


def paused(reader, task):
    """Looks at a task until it waits for a person; the interruption."""
    listing = "custom_query_response_descriptor_octopus_server_web_api_actions_list_interruptions_responder"
    until = time.monotonic() + 20
    while time.monotonic() < until:
        page = reader.get("interruptions", "ResourceCollectionInterruptionResource", regarding=task, pendingOnly="true")
        if page.items:
            assert reader.read("InterruptionsApi", listing).total_results >= 1
            return page.items[0]
        time.sleep(0.02)
    raise AssertionError(f"{task} waits for nobody")


def project(reader, slug):
    return reader.read("ProjectsApi", "load_by_id_or_slug_response_descriptor_projects_project_project_resource", slug,
                       wants=["Id", "Name", "Slug", "LifecycleId", "TenantedDeploymentMode", "Links"])


def environment(reader, name):
    every = reader.read("EnvironmentsApi", "list_all_response_descriptor_environments_deployment_environment_environment_resource")
    return next(it.id for it in every if it.name == name)


def progressions(sandbox, reader):
    created = sandbox.release("web-shop", "8.0.0")
    task = sandbox.deploy("web-shop", "8.0.0", "Development")["ServerTaskId"]
    ended(reader, task)
    made = reader.read("ProgressionApi", "custom_action_response_descriptor_octopus_server_web_api_actions_progression_view_action",
                       project(reader, "web-shop").id, wants=["Environments", "ChannelEnvironments", "Releases"])
    newest = made.releases[0]
    assert newest.release.version == "8.0.0" and newest.channel.name == "Default"
    item = newest.deployments[environment(reader, "Development")][0]
    assert (item.state, item.task_id, item.is_completed, item.is_current) == ("Success", task, True, True)
    assert item.start_time <= item.completed_time
    assert newest.next_deployments == [environment(reader, "Test")] and newest.has_unresolved_defect is False

    lifecycle = reader.read("ReleasesApi", "custom_action_response_descriptor_octopus_server_web_api_actions_release_lifecycle_progression_action",
                            created, wants=["Phases", "NextDeployments", "NextDeploymentsMinimumRequired"])
    assert [it.progress for it in lifecycle.phases] == ["Complete", "Current", "Pending"]
    assert lifecycle.phases[0].deployments[0].task.id == task


def tenanted_progression(sandbox, reader):
    sandbox.release("portal", "8.0.0")
    body = {"SpaceId": sandbox.space, "SpaceIdOrName": sandbox.space, "ProjectName": "portal",
            "ReleaseVersion": "8.0.0", "EnvironmentName": "Development", "Tenants": ["Acme", "Globex"]}
    for task in sandbox.send("deployments/create/tenanted/v1", body)["DeploymentServerTasks"]:
        ended(reader, task["ServerTaskId"])
    made = reader.read("ProgressionApi", "custom_action_response_descriptor_octopus_server_web_api_actions_progression_view_action",
                       project(reader, "portal").id)
    items = made.releases[0].deployments[environment(reader, "Development")]
    assert len({it.tenant_id for it in items}) == 2


def dashboards(_, reader):
    for view in ["dashboard_view", "dynamic_dashboard_view"]:
        method = f"custom_action_response_descriptor_octopus_server_web_api_actions_{view}_action"
        assert reader.read("DashboardsApi", method).items


def templates(sandbox, reader):
    created = sandbox.release("web-shop", "8.1.0")
    made = reader.read("ReleasesApi", "custom_action_response_descriptor_octopus_server_web_api_actions_deployment_template_action",
                       created, wants=["PromoteTo", "TenantPromotions", "IsDeploymentProcessModified", "IsVariableSetModified", "IsLibraryVariableSetModified"])
    assert [it.name for it in made.promote_to] == ["Development"] and made.promote_to[0].links["Preview"]

    created = sandbox.release("portal", "8.1.0")
    made = reader.read("ReleasesApi", "custom_action_response_descriptor_octopus_server_web_api_actions_deployment_template_action", created)
    tenants = {it.name: [to.name for to in it.promote_to] for it in made.tenant_promotions}
    assert tenants["Acme"] == ["Development"] and tenants["Globex"] == ["Development"], tenants

    process = project(reader, "web-shop").deployment_process_id
    made = reader.read("DeploymentProcessesApi", "custom_action_response_descriptor_octopus_server_web_api_actions_release_template_action",
                       process, wants=["DeploymentProcessId", "NextVersionIncrement", "Packages"])
    assert {it.action_name for it in made.packages} == {"Migrate", "Deploy web"}
    made = reader.read("DeploymentProcessesApi", "load_response_descriptor_projects_deployment_process_deployment_process_resource",
                       process, wants=["Id", "Steps"])
    assert [it.name for it in made.steps] == ["Migrate", "Deploy web", "Smoke test"]


PREVIEW = "custom_action_response_descriptor_octopus_server_web_api_actions_deployment_preview_action"


def previews(sandbox, reader):
    created = sandbox.release("web-shop", "8.2.0")
    made = reader.read("ReleasesApi", PREVIEW, environment(reader, "Development"), "", created,
                       wants=["StepsToExecute", "Form", "UseGuidedFailureModeByDefault"])
    step = next(it for it in made.steps_to_execute if it.action_name == "Deploy web")
    assert {it.name for it in step.machines} == {"dev-01", "dev-02"} and step.can_be_skipped
    assert step.has_no_applicable_machines is False and step.action_id and step.action_number

    created = sandbox.release("asking-shop", "8.2.0")
    made = reader.read("ReleasesApi", PREVIEW, environment(reader, "Development"), "", created)
    asked = {it.control["Name"]: it for it in made.form.elements}
    assert asked["Approver"].is_value_required and asked["Approver"].name in made.form.values
    assert asked["Reason"].is_value_required is False


def previews_for_a_tenant(sandbox, reader):
    created = sandbox.release("portal", "8.2.0")
    page = reader.get("tenants/all", "list[TenantResource]")
    acme = next(it.id for it in page if it.name == "Acme")
    made = reader.get(f"releases/{created}/deployments/preview/{environment(reader, 'Development')}/{acme}", "DeploymentPreviewResource")
    assert [it.action_name for it in made.steps_to_execute] == ["Deploy portal"]


def manual_interventions(sandbox, reader):
    sandbox.release("careful-shop", "8.0.0")
    task = sandbox.deploy("careful-shop", "8.0.0", "Development")["ServerTaskId"]
    listed = paused(reader, task)
    made = reader.read("InterruptionsApi", "load_response_descriptor_server_tasks_interruption_interruption_resource", listed.id,
                       wants=["Title", "IsPending", "Form", "ResponsibleTeamIds", "RelatedDocumentIds", "TaskId", "CanTakeResponsibility", "HasResponsibility", "Created", "CorrelationId"])
    assert made.is_pending and made.task_id == task and made.can_take_responsibility
    assert [it.name for it in made.form.elements] == ["Instructions", "Notes", "Result"]
    assert set(made.form.values) == {"Instructions", "Notes", "Result"}
    teams = reader.get("teams", "ResourceCollectionTeamResource", ids=",".join(made.responsible_team_ids), includeSystem="true")
    assert [(it.id, it.name) for it in teams.items] == [("teams-managers", "Release Managers")], teams.items
    waiting = reader.read("TasksApi", "load_response_descriptor_server_tasks_server_task_task_resource", task)
    assert waiting.state == "Executing" and waiting.has_pending_interruptions

    reader.client.call_api(f"/api/{reader.space}/interruptions/{made.id}/responsible", "PUT", _return_http_data_only=True)
    sandbox.send(f"interruptions/{made.id}/submit", {"Id": made.id, "SpaceId": reader.space, "Notes": "read", "Result": "Proceed"})
    answered = reader.read("InterruptionsApi", "load_response_descriptor_server_tasks_interruption_interruption_resource", made.id)
    assert answered.is_pending is False and answered.responsible_user_id
    assert ended(reader, task).finished_successfully


def guided_failures(sandbox, reader):
    sandbox.release("guided-shop", "8.0.0")
    task = sandbox.deploy("guided-shop", "8.0.0", "Guided")["ServerTaskId"]
    made = paused(reader, task)
    assert [it.name for it in made.form.elements][-1] == "Guidance", made.form.elements
    reader.read("TasksApi", "custom_action_response_descriptor_octopus_server_web_api_actions_task_cancel_responder", task)
    assert ended(reader, task).state == "Canceled"


def tasks(sandbox, reader):
    sandbox.release("web-shop", "8.3.0")
    task = sandbox.deploy("web-shop", "8.3.0", "Development")["ServerTaskId"]
    made = ended(reader, task)
    assert (made.state, made.finished_successfully, made.is_completed) == ("Success", True, True)
    assert made.queue_time <= made.start_time <= made.completed_time
    details = reader.read("TasksApi", "custom_action_response_descriptor_octopus_server_web_api_actions_task_details_responder", task,
                          wants=["Task", "ActivityLogs", "Progress", "PhysicalLogSize"])
    root = details.activity_logs[0]
    assert root.status == "Success" and details.progress.progress_percentage == 100
    lines = []
    walk = [root]
    while walk:
        node = walk.pop()
        lines += [it.message_text for it in node.log_elements]
        walk += node.children
    assert any("Unpacking 8.3.0" in it for it in lines), lines
    page = reader.get("tasks", "ResourceCollectionTaskResource", ids=task)
    assert [it.id for it in page.items] == [task]
    assert reader.read("TasksApi", "custom_query_response_descriptor_octopus_server_web_api_actions_list_tasks_responder").total_results > 3


def tasks_that_end_otherwise(sandbox, reader):
    ends = {("broken-shop", "8.0.0"): ("Failed", False, True), ("shaky-shop", "8.0.0"): ("Success", True, True),
            ("web-shop", "8.4.0-timeout"): ("TimedOut", False, True)}
    for (slug, version), expected in ends.items():
        sandbox.release(slug, version)
        made = ended(reader, sandbox.deploy(slug, version, "Development")["ServerTaskId"])
        assert (made.state, made.finished_successfully, made.has_warnings_or_errors) == expected, (slug, made)


def queued_behind(sandbox, reader):
    sandbox.release("web-shop", "8.5.0")
    first, second = [sandbox.deploy("web-shop", "8.5.0", "Development")["ServerTaskId"] for _ in range(2)]
    page = reader.get(f"tasks/{second}/queued-behind", "ResourceCollectionTaskResource")
    assert [it.id for it in page.items] == [first]
    ended(reader, second)


def documents(_, reader):
    for path, kind in [("releases", "ResourceCollectionReleaseResource"), ("deployments", "ResourceCollectionDeploymentResource"),
                       ("projects", "ResourceCollectionProjectResource"), ("channels", "ResourceCollectionChannelResource"),
                       ("environments", "ResourceCollectionEnvironmentResource"), ("tenants", "ResourceCollectionTenantResource"),
                       ("lifecycles", "ResourceCollectionLifecycleResource"), ("machines/all", "list[DeploymentTargetResource]")]:
        made = reader.get(path, kind)
        assert made if isinstance(made, list) else made.items, path


CHECKS = [progressions, tenanted_progression, dashboards, templates, previews, previews_for_a_tenant,
          manual_interventions, guided_failures, tasks, tasks_that_end_otherwise, queued_behind, documents]


def main(program):
    passed = failed = 0
    with Sandbox(program) as sandbox:
        reader = Reader(sandbox)
        for check in CHECKS:
            try:
                check(sandbox, reader)
                passed += 1
                print(f"ok      {check.__name__.replace('_', ' ')}")
            except Exception:
                failed += 1
                print(f"FAILED  {check.__name__.replace('_', ' ')}")
                traceback.print_exc(file=sys.stdout)
    print(f"{reader.fields} values were compared with the types that the reader declares")
    print(f"{passed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
