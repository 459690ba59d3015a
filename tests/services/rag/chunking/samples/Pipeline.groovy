package org.example.ci

import groovy.transform.CompileStatic

/**
 * Runs the steps of a build.
 */
@CompileStatic
class Pipeline implements Serializable {
    static final int LIMIT = 10

    private List<String> steps = []

    Pipeline(String name) {
        this.name = name
        this.steps = []
    }

    /** Adds a step. */
    void step(String title, Closure body) {
        steps << title
        body.call()
        println title
    }

    def run() {
        steps.each { step ->
            println step
        }
    }
}

interface Reporter {
    void report(String line)
}

enum Outcome {
    PASSED,
    FAILED
}

// Builds everything.
def buildAll(List<String> names) {
    names.each { name ->
        new Pipeline(name).run()
    }
    return names.size()
}

String version() {
    return '1.0'
}
