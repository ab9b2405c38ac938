import { Anchor, Button, Group, Paper, Text, Title } from '@mantine/core'
import { useState } from 'react'
import { Link } from 'react-router'
import { t } from '../i18n/t.ts'
import { Icon } from '../parts/icon.tsx'
import { forget, readText, storeText } from '../parts/stored.ts'
import { useStanding } from './use-standing.ts'
import './checklist.css'

const foldedKey = 'comserv.first-steps-folded'

/** The steps from a fresh installation to a signed webhook: foldable, and hidden once they are done. */
export function Checklist() {
  const [isFolded, setFolded] = useState(() => readText(foldedKey) !== null)
  const { credentials, webhooks, isKnown } = useStanding()
  const steps = [
    {
      isDone: credentials.some(({ status }) => status === 'active'),
      to: '/console/developer/credentials/new',
      label: t('Generate an API key'),
      text: t('Create one for each program. It is shown once, with a first call to paste.'),
    },
    {
      isDone: credentials.some(({ last_used_at }) => last_used_at !== null),
      to: '/docs/quick-start',
      label: t('Call the API'),
      text: t('Paste the first call into a terminal. It appears here within seconds.'),
    },
    {
      isDone: webhooks.length > 0,
      to: '/console/developer/webhooks/new',
      label: t('Add a webhook'),
      text: t('Choose the URL that receives events.'),
    },
    {
      isDone: webhooks.some(({ health }) => health.last_success_at !== null),
      to: '/console/developer/webhooks',
      label: t('See a signed webhook arrive'),
      text: t('“Send test” sends one now.'),
    },
  ]
  if (!isKnown || steps.every(({ isDone }) => isDone)) return null
  const done = steps.filter(({ isDone }) => isDone).length
  const fold = () => {
    if (isFolded) forget(foldedKey)
    else storeText(foldedKey, 'yes')
    setFolded(!isFolded)
  }
  return (
    <section>
      <Group gap="xs" mb={isFolded ? 0 : 'xs'}>
        <Title order={2} size="h4">
          {t('First steps')}
        </Title>
        <Text size="sm" c="dimmed">
          {t('{{done}} of {{count}} done', { done, count: steps.length })}
        </Text>
        <Button
          variant="subtle"
          size="compact-sm"
          aria-label={isFolded ? t('Show the first steps') : t('Hide the first steps')}
          aria-expanded={!isFolded}
          onClick={fold}
        >
          {isFolded ? t('Show') : t('Hide')}
        </Button>
      </Group>
      {!isFolded && (
        <Paper withBorder p="lg">
          <Steps steps={steps} />
        </Paper>
      )}
    </section>
  )
}

interface Step {
  isDone: boolean
  to: string
  label: string
  text: string
}

function Steps({ steps }: { steps: readonly Step[] }) {
  return (
    <ol className="steps">
      {steps.map(({ isDone, to, label, text }) => (
        <li key={label} data-done={isDone || undefined}>
          <span className="step-mark">{isDone && <Icon name="check" size={14} />}</span>
          <span>
            {isDone ? (
              <span>
                {label} <span className="off-screen">{t('(done)')}</span>
              </span>
            ) : (
              <Anchor component={Link} to={to}>
                {label}
              </Anchor>
            )}
            <span className="quiet block">{text}</span>
          </span>
        </li>
      ))}
    </ol>
  )
}
