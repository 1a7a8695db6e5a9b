// Runs http-cache-tests against a cache, and prints a line for each test: result, kind, id, detail.
//
//   node --no-warnings run.mjs FOLDER BASE [ID]
//
// FOLDER is where the package is installed, BASE is the cache in front of the package's own server.

import { pathToFileURL } from 'node:url'

const [folder, base, only] = process.argv.slice(2)
const load = path => import(pathToFileURL(`${folder}/node_modules/${path}`))
const { runTests, getResults } = await load('http-cache-tests/client/runner.mjs')
const { default: suites } = await load('http-cache-tests/tests/index.mjs')
const { default: fetch } = await load('node-fetch/lib/index.js')

const chosen = suites
  .map(suite => ({ ...suite, tests: suite.tests.filter(test => !only || test.id === only) }))
for (const { tests } of chosen) tests.forEach(test => { test.dump = Boolean(only) })
await runTests(chosen, fetch, false, base)

const results = getResults()
for (const { tests } of suites) {
  for (const { id, kind = 'required' } of tests) {
    if (!(id in results)) continue
    const [result, detail] = results[id] === true ? ['pass', ''] : results[id]
    console.log([result, kind, id, detail].join('\t'))
  }
}
