import { Button, Checkbox, Group, Input, Stack } from '@mantine/core'
import { useSuspenseQuery } from '@tanstack/react-query'
import type { SubscribableType } from 'comserv'
import { type ReactNode, useState } from 'react'
import { comserv } from '../api/client.ts'
import { useCatalog } from '../catalog/use-catalog.ts'
import { described } from '../i18n/descriptions.ts'
import { t } from '../i18n/t.ts'
import { CodeBlock } from '../parts/code-block.tsx'
import { useMay } from '../session/use-session.ts'
import { includesType, patternsFor } from './patterns.ts'

interface Props {
  value: readonly SubscribableType[]
  onChange(events: SubscribableType[]): void
  error?: ReactNode
  /** What the types are chosen for. */
  description?: string
}

/** The page waits for them, so that none of its fields moves. */
export function useEventTypes() {
  return useSuspenseQuery({
    queryKey: ['event-types'],
    queryFn: async () => (await comserv.events.types()).data.filter(({ name }) => name !== 'ping'),
    staleTime: Number.POSITIVE_INFINITY,
  }).data
}

/** The event types as the server describes them, each with a sample. */
export function EventChoice({
  value,
  onChange,
  error,
  description = t('The event types it receives.'),
}: Props) {
  const types = useEventTypes()
  const [shown, setShown] = useState<string>()
  const may = useMay()
  const scopes = new Map(useCatalog().event_types.map(({ name, scope }) => [name, scope]))
  const mayRead = (name: string) => may(scopes.get(name) ?? 'events:read')
  const names = types.map(({ name }) => name as SubscribableType)
  const patterns = patternsFor(names) as SubscribableType[]
  const chosen = patterns.filter((pattern) => value.includes(pattern))
  return (
    <Input.Wrapper label={t('Events')} description={description} error={error} labelElement="div">
      <Group gap="xs" my="xs">
        <Button size="xs" variant="default" onClick={() => onChange(names.filter(mayRead))}>
          {t('All')}
        </Button>
        <Button size="xs" variant="subtle" disabled={value.length === 0} onClick={() => onChange([])}>
          {t('None')}
        </Button>
      </Group>
      <Stack gap="sm">
        {patterns.map((pattern) => (
          <Checkbox
            key={pattern}
            label={<span className="mono">{pattern}</span>}
            description={
              pattern === '*'
                ? t('All events, including types added later')
                : t('All matching events, including types added later')
            }
            disabled={!names.every((name) => mayRead(name) || !includesType([pattern], name))}
            checked={value.includes(pattern)}
            onChange={(event) =>
              onChange(
                event.currentTarget.checked ? [...value, pattern] : value.filter((one) => one !== pattern),
              )
            }
          />
        ))}
        {types.map(({ name, description: about, example }) => (
          <div key={name}>
            <Group justify="space-between" wrap="nowrap" align="flex-start" gap="xs">
              <Checkbox
                miw={0}
                label={<span className="mono">{name}</span>}
                description={described('event', { name, description: about })}
                disabled={!mayRead(name)}
                checked={value.includes(name as SubscribableType)}
                onChange={(event) =>
                  onChange([
                    ...chosen,
                    ...names.filter((one) =>
                      one === name ? event.currentTarget.checked : value.includes(one),
                    ),
                  ])
                }
              />
              <Button
                size="compact-xs"
                flex="none"
                variant="subtle"
                aria-expanded={shown === name}
                aria-label={t('Sample of {{name}}', { name })}
                onClick={() => setShown(shown === name ? undefined : name)}
              >
                {shown === name ? t('Hide') : t('Sample')}
              </Button>
            </Group>
            {shown === name && (
              <CodeBlock text={JSON.stringify(example, null, 2)} what={t('sample of {{name}}', { name })} />
            )}
          </div>
        ))}
      </Stack>
    </Input.Wrapper>
  )
}
