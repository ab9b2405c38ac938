import { Anchor } from '@mantine/core'
import { Link } from 'react-router'
import { Icon } from '../parts/icon.tsx'
import { Section } from '../parts/section.tsx'
import { useStanding } from './use-standing.ts'
import './checklist.css'

/** The steps from a fresh installation to a signed webhook; hidden once they are done. */
export function Checklist() {
  const { credentials, webhooks, isKnown } = useStanding()
  const steps = [
    {
      isDone: credentials.some(({ status }) => status === 'active'),
      to: '/console/developer/credentials/new',
      label: 'Generate an API key',
      text: 'One for each program; it is shown once, with a first call to paste.',
    },
    {
      isDone: credentials.some(({ last_used_at }) => last_used_at !== null),
      to: '/docs/quick-start',
      label: 'Call the API',
      text: 'Paste the first call into a terminal; its use is seen here within seconds.',
    },
    {
      isDone: webhooks.length > 0,
      to: '/console/developer/webhooks/new',
      label: 'Add a webhook',
      text: 'A URL of yours that receives events.',
    },
    {
      isDone: webhooks.some(({ health }) => health.last_success_at !== null),
      to: '/console/developer/webhooks',
      label: 'See a signed webhook arrive',
      text: '“Send test” sends one now.',
    },
  ]
  if (!isKnown || steps.every(({ isDone }) => isDone)) return null
  return (
    <Section title="First steps" frame="below">
      <ol className="steps">
        {steps.map(({ isDone, to, label, text }) => (
          <li key={label} data-done={isDone || undefined}>
            <span className="step-mark">{isDone && <Icon name="check" size={14} />}</span>
            <span>
              {isDone ? (
                <span>
                  {label} <span className="off-screen">(done)</span>
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
    </Section>
  )
}
