import { ActionIcon, Anchor, Box, Group, Stack, Text, Title, Tooltip } from '@mantine/core'
import { type ReactNode, useEffect } from 'react'
import { Link } from 'react-router'
import { t } from '../i18n/t.ts'
import { Icon } from '../parts/icon.tsx'
import { siteName } from '../site.ts'
import './page.css'

/** A breadcrumb. */
export interface Step {
  label: string
  to?: string
}

interface Props {
  title: string
  /** The breadcrumbs, as the documentation names them: `Admin > Developer`. */
  under?: readonly Step[]
  /** One sentence, if the title needs an explanation. */
  lead?: ReactNode
  /** The guide that explains the page, and its section: `users#change`. */
  guide?: string
  actions?: ReactNode
  children: ReactNode
}

export function Page({ title, under = [], lead, guide, actions, children }: Props) {
  useEffect(() => {
    document.title = title === siteName ? siteName : `${title} · ${siteName}`
  }, [title])
  return (
    <Stack gap="lg">
      <header>
        {under.length > 0 && <Trail steps={under} />}
        <Group justify="space-between" align="flex-start" gap="sm">
          {/* Beside the title if there is room, else below. */}
          <Box flex="1 1 0" miw={240}>
            <Title
              order={1}
              className="page-title"
              data-one-word={/^\S{40,}$/.test(title) || undefined}
              dir="auto"
            >
              {title}
            </Title>
            {guide && (
              <Tooltip label={t('Read how this works')}>
                <ActionIcon
                  component={Link}
                  to={`/docs/${guide}`}
                  variant="subtle"
                  radius="xl"
                  ml={6}
                  className="page-guide"
                  aria-label={t('Guide: {{title}}', { title })}
                >
                  <Icon name="help" />
                </ActionIcon>
              </Tooltip>
            )}
            {lead && (
              <Text c="dimmed" mt={4} maw={720} dir="auto">
                {lead}
              </Text>
            )}
          </Box>
          {actions && (
            <Group gap="xs" className="page-actions">
              {actions}
            </Group>
          )}
        </Group>
      </header>
      {children}
    </Stack>
  )
}

function Trail({ steps }: { steps: readonly Step[] }) {
  return (
    <nav aria-label={t('Breadcrumb')} className="trail">
      {steps.map(({ label, to }, i) => (
        <span key={label}>
          {i > 0 && <span aria-hidden="true"> › </span>}
          {to ? (
            <Anchor component={Link} to={to} size="sm" className="step" dir="auto" title={label}>
              {label}
            </Anchor>
          ) : (
            <Text span size="sm" c="dimmed" className="step" dir="auto" title={label}>
              {label}
            </Text>
          )}
        </span>
      ))}
    </nav>
  )
}

export const admin = [{ label: t('Admin'), to: '/console' }] as const
export const developer = [...admin, { label: t('Developer') }] as const
