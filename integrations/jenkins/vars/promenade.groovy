// Runs promenade in a Pipeline: promenade(config: 'promenade.toml', credentials: ['api-key': 'octopus-api-key'])
//
// Inputs go to promenade as environment variables, never as script text; see README.md.

import groovy.json.JsonOutput
import groovy.transform.Field

/** The exit code that promenade is asked for where a run passed with warnings; the build is unstable then. */
@Field static final int WARNINGS_EXIT = 10

/** What promenade can be asked for. */
@Field static final List<String> INPUTS = [
    // inputs:begin names
    "command",
    "config",
    "settings",
    "event",
    "ci",
    "moment",
    "stage",
    "status",
    "json",
    "quiet",
    "verbose",
    "url",
    "space",
    "project",
    "channel",
    "api-key",
    "api-key-env",
    "api-key-file",
    "access-token",
    "access-token-env",
    "access-token-file",
    "oidc-service-account",
    "oidc-token",
    "oidc-token-env",
    "oidc-token-file",
    "ca-file",
    "client-certificate",
    "client-certificate-key",
    "client-certificate-key-env",
    "client-certificate-key-file",
    "proxy",
    "verify-tls",
    "connect-limit",
    "read-limit",
    "retry-limit",
    "warnings-exit",
    "outputs-file",
    "summary-file",
    "register-secrets",
    "expressions",
    "version",
    "package-version",
    "package",
    "skip-if-exists",
    "notes",
    "notes-file",
    "git-ref",
    "git-commit",
    "git-resource",
    "ignore-channel-rules",
    "custom-field",
    "fail-build",
    "log",
    "time-limit",
    "edit-project-variable",
    "edit-project-variable-env",
    "edit-project-variable-file",
    "to",
    "tenant",
    "tenant-tag",
    "force-package-download",
    "force-redeployment",
    "machine",
    "excluded-machine",
    "skip-step",
    "guided-failure",
    "run-at",
    "no-run-after",
    "override-freeze",
    "override-freeze-reason",
    "refresh-variables",
    "again",
    "wait",
    "on-timeout",
    "on-interrupt",
    "when-person-needed",
    "variable",
    "variable-env",
    "variable-file",
    "from",
    "only-this-build",
    "allow-downgrade",
    "offline",
    // inputs:end
]

/**
 * Runs `promenade step` and returns its output values by name, such as PROMENADE_RELEASE_VERSION.
 *
 * `inputs` holds inputs by name, and `credentials`: which secret input is in which credential of Jenkins.
 */
Map<String, String> call(Map inputs) {
    Map given = ['warnings-exit': WARNINGS_EXIT, 'status': currentBuild.currentResult] + inputs
    Map credentials = given.remove('credentials') ?: [:]
    for (String name in (given.keySet() + credentials.keySet())) {
        if (!(name in INPUTS)) {
            error("promenade has no input '${name}'; it has ${INPUTS.join(', ')}")
        }
    }
    // Beside the workspace, so that no later step finds it among its own files.
    String outputs = given['outputs-file'] ?: pwd(tmp: true) + "/promenade-outputs-${UUID.randomUUID()}"
    given['outputs-file'] = outputs

    List<String> variables = []
    for (String name in given.keySet()) {
        // Jenkins would put other variables in for a single dollar sign.
        variables << variable(name) + '=' + asText(given[name]).replace('$', '$$')
    }
    List bindings = []
    for (String name in credentials.keySet()) {
        bindings << string(credentialsId: credentials[name], variable: variable(name))
    }

    int code = 0
    withCredentials(bindings) {
        withEnv(variables) {
            if (isUnix()) {
                code = sh(label: 'promenade', returnStatus: true, script: 'promenade step')
            } else {
                code = bat(label: 'promenade', returnStatus: true, script: '@promenade step')
            }
        }
    }
    Map<String, String> values = fileExists(outputs) ? outputsOf(readFile(outputs)) : [:]
    if (code != 0 && code.toString() == given['warnings-exit'].toString()) {
        unstable('promenade passed with warnings')
    } else if (code != 0) {
        error("promenade ended with exit code ${code}: ${values.PROMENADE_VERDICT ?: 'bad-settings'}")
    }
    return values
}

/** The variable of an input. */
private String variable(String name) {
    return 'PROMENADE_INPUT_' + name.toUpperCase().replace('-', '_')
}

/** A value as a variable has it: lists and maps as JSON. */
private String asText(Object value) {
    if (value == null) {
        return ''
    }
    return value instanceof Collection || value instanceof Map ? JsonOutput.toJson(value) : value.toString()
}

/** The lines of the file of output values, which is one of Java properties. */
private Map<String, String> outputsOf(String text) {
    Map<String, String> values = [:]
    for (String line in text.readLines()) {
        int end = line.indexOf('=')
        values[line.substring(0, end)] = line.substring(end + 1).replace('\\\\', '\\')
    }
    return values
}
