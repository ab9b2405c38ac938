import { Button, Group, NativeSelect, NumberInput, Stack, Text, Textarea } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import type { Hook, HookTest, HookTested } from 'comserv'
import { useState } from 'react'
import { comserv } from '../api/client.ts'
import { useProblemForm } from '../form/use-problem-form.ts'
import { number } from '../i18n/format.ts'
import { t } from '../i18n/t.ts'
import { CodeBlock } from '../parts/code-block.tsx'
import { Problem } from '../parts/problem.tsx'
import { CallOutcome } from './call-list.tsx'
import { type HookAction, hookActions } from './hooks.ts'

/** Calls the hook as a change would, and shows what would follow; nothing is changed. */
export function TryHook({ hook: { id, actions } }: { hook: Hook }) {
  const [tested, setTested] = useState<HookTested>()
  const queryClient = useQueryClient()
  const { form, isPending, problem, onSubmit } = useProblemForm({
    initialValues: { action: actions[0] ?? 'document.create', record_id: '' as number | string, input: '' },
    validate: { input: (text) => (inputOf(text) === 'wrong' ? t('This is not a JSON object.') : null) },
    send: (values) => comserv.hooks.test(id, testOf(values)),
    onDone: (result) => {
      setTested(result)
      void queryClient.invalidateQueries({ queryKey: ['hooks', 'calls', id] })
    },
  })
  const isCreate = form.values.action.endsWith('.create')
  return (
    <form onSubmit={onSubmit}>
      <Stack>
        <Text size="sm">
          {t(
            'Calls it as a change would, also while it is paused, and shows what would follow. Nothing is changed.',
          )}
        </Text>
        <Group align="flex-start">
          <NativeSelect
            label={t('Action')}
            data={hookActions.map(({ value }) => value)}
            {...form.getInputProps('action')}
          />
          {!isCreate && (
            <NumberInput
              label={
                form.values.action.startsWith('user.') ? t('Number of the user') : t('Number of the document')
              }
              min={1}
              required
              {...form.getInputProps('record_id')}
            />
          )}
        </Group>
        <Textarea
          label={t('What would be sent')}
          description={
            isCreate ? t('As JSON. Empty: a sample.') : t('As JSON. Empty: only what the action needs.')
          }
          autosize
          minRows={2}
          spellCheck={false}
          classNames={{ input: 'mono' }}
          {...form.getInputProps('input')}
        />
        {problem ? <Problem error={problem} /> : null}
        <Group>
          <Button type="submit" variant="default" loading={isPending}>
            {t('Call it')}
          </Button>
        </Group>
        {tested && <Tested result={tested} />}
      </Stack>
    </form>
  )
}

function Tested({ result }: { result: HookTested }) {
  const { refusal, input, duration_ms, response_status, response_body } = result
  return (
    <Stack gap="xs" role="status">
      <Text>
        <CallOutcome call={result} />{' '}
        <span className="quiet">
          {response_status !== null &&
            `${t('The receiver responded with {{status}}', { status: response_status })}, `}
          {t('{{duration_ms}} ms', { duration_ms: number(duration_ms) })}
        </span>
      </Text>
      {refusal && (
        <Text>
          {t('The caller would read:')} <bdi>{refusal}</bdi>
        </Text>
      )}
      {input && (
        <>
          <Text>{t('The change would be made with:')}</Text>
          <CodeBlock text={JSON.stringify(input, null, 2)} what={t('the input')} />
        </>
      )}
      {result.outcome === 'failed' && response_body && (
        <CodeBlock text={response_body} what={t('the response')} wraps />
      )}
    </Stack>
  )
}

function testOf(values: { action: string; record_id: number | string; input: string }): HookTest {
  const input = inputOf(values.input)
  const isCreate = values.action.endsWith('.create')
  return {
    action: values.action as HookAction,
    ...(isCreate || values.record_id === '' ? {} : { record_id: Number(values.record_id) }),
    ...(typeof input === 'object' ? { input } : {}),
  }
}

/** Undefined if there is none. */
function inputOf(text: string): Record<string, unknown> | 'wrong' | undefined {
  if (text.trim() === '') return undefined
  try {
    const value = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : 'wrong'
  } catch {
    return 'wrong'
  }
}
