import assert from 'node:assert/strict'
import { test } from 'node:test'
import { testCasesOf } from '../../scripts/junit.ts'

const failure = `E   assert '&lt;a&gt;' == &quot;b&quot;\n`.repeat(1_000)

test('the report of pytest tells what passed, failed and was skipped, and why', () => {
  const cases = testCasesOf(`<?xml version="1.0" encoding="utf-8"?><testsuites name="pytest tests">
    <testsuite name="pytest" errors="1" failures="1" skipped="1" tests="4">
      <testcase classname="tests.test_a" name="test_passes" time="0.1" />
      <testcase classname="tests.test_a" name="test_fails"><failure message="short">${failure}</failure></testcase>
      <testcase classname="" name="tests.test_b"><error message="collection failure">ImportError</error></testcase>
      <testcase classname="tests.test_c" name="test_4.50"><skipped type="pytest.skip" message="no such Python">x</skipped></testcase>
    </testsuite></testsuites>`)
  const text = `E   assert '<a>' == "b"\n`.repeat(1_000).trim()
  assert.deepEqual(cases, [
    { name: 'test_passes', place: 'tests.test_a', outcome: 'passed', text: '' },
    { name: 'test_fails', place: 'tests.test_a', outcome: 'failed', text },
    { name: 'tests.test_b', place: '', outcome: 'failed', text: 'ImportError' },
    { name: 'test_4.50', place: 'tests.test_c', outcome: 'skipped', text: 'no such Python' },
  ])
})

test('in the report of PHPUnit, suites stand in suites', () => {
  const cases = testCasesOf(`<?xml version="1.0" encoding="UTF-8"?><testsuites><testsuite name="all">
    <testsuite name="PagingTest" file="/x/PagingTest.php">
      <testcase name="testOnePage" class="PagingTest" classname="PagingTest" file="/x/PagingTest.php" line="3"/>
      <testsuite name="PagingTest::testCase">
        <testcase name="testCase with data set &quot;first&quot;" class="PagingTest"><skipped/></testcase>
        <testcase name="testCase with data set #1" class="PagingTest"><error type="TypeError">wrong</error></testcase>
      </testsuite></testsuite></testsuite></testsuites>`)
  assert.deepEqual(
    cases.map(({ name, outcome, text }) => [name, outcome, text]),
    [
      ['testOnePage', 'passed', ''],
      ['testCase with data set "first"', 'skipped', ''],
      ['testCase with data set #1', 'failed', 'wrong'],
    ],
  )
})

test('a report without tests has none', () => {
  assert.deepEqual(testCasesOf('<testsuites><testsuite name="pytest" tests="0" /></testsuites>'), [])
})
