// Plays the part of Jenkins for vars/promenade.groovy: `groovy jenkins.groovy VARS FOLDER`, with a JSON list of calls on
// standard input; for each, prints what came of it as a line of JSON.

import groovy.json.JsonOutput
import groovy.json.JsonSlurper

class Failed extends RuntimeException {
    Failed(String words) { super(words) }
}

/** One run of the step in a job: the steps of Jenkins that it uses, as Jenkins documents them. */
class Job {
    File folder
    Map<String, String> environment
    Map<String, String> stored
    StringBuilder log = new StringBuilder()
    String unstable

    boolean isUnix() { true }
    String pwd(Map given) { new File(folder, 'tmp').with { mkdirs(); path } }
    boolean fileExists(String path) { new File(path).exists() }
    String readFile(String path) { new File(path).text }
    void error(String words) { throw new Failed(words) }
    void unstable(String words) { unstable = words }
    Map string(Map given) { given }

    /** As hudson.Util.replaceMacro: what is not known stays as it is. */
    private String expanded(String value) {
        value.replaceAll(/\$([A-Za-z0-9_]+|\{[A-Za-z0-9_.]+\}|\$)/) { all, name ->
            name == '$' ? '$' : environment[name.replaceAll(/[{}]/, '')] ?: all
        }
    }

    def withEnv(List<String> variables, Closure body) {
        within(variables.collectEntries { def (name, value) = it.split('=', 2) as List; [name, expanded(value)] }, body)
    }

    def withCredentials(List<Map> bindings, Closure body) {
        within(bindings.collectEntries {
            String secret = stored[it.credentialsId]
            if (secret == null) { error("no credential ${it.credentialsId}") }
            [it.variable, secret]
        }, body)
    }

    private within(Map more, Closure body) {
        Map before = environment
        environment = before + more
        try { body() } finally { environment = before }
    }

    int sh(Map given) {
        def builder = new ProcessBuilder('bash', '-ec', given.script as String).directory(folder).redirectErrorStream(true)
        builder.environment().with { clear(); putAll(this.environment) }
        def process = builder.start()
        process.outputStream.close()
        log << process.inputStream.text
        process.waitFor()
    }
}

def (vars, folder) = args as List
for (call in new JsonSlurper().parse(System.in)) {
    def job = new Job(folder: new File(folder), environment: call.environment, stored: call.stored)
    def script = new GroovyShell().parse(new File(vars))
    script.binding.setVariable('currentBuild', [currentResult: call.status])
    ['isUnix', 'pwd', 'fileExists', 'readFile', 'error', 'unstable', 'string', 'withEnv', 'withCredentials', 'sh'].each { name ->
        script.metaClass."$name" = { Object... given -> job.invokeMethod(name, given) }
    }
    def result = [:]
    try {
        result.values = script.call(call.inputs)
    } catch (Failed failed) {
        result.error = failed.message
    }
    println JsonOutput.toJson(result + [unstable: job.unstable, log: job.log.toString()])
}
