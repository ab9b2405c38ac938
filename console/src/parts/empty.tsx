import { Stack, Text, Title } from '@mantine/core'
import type { ReactNode } from 'react'
import './empty.css'

/** Says what belongs here and what to do next. */
export function Empty({
  title,
  children,
  action,
}: {
  title: string
  children?: ReactNode
  action?: ReactNode
}) {
  return (
    <Stack className="empty" align="center" gap="xs">
      <Title order={2} size="h4">
        {title}
      </Title>
      {children && (
        <Text c="dimmed" ta="center" maw={460}>
          {children}
        </Text>
      )}
      {action}
    </Stack>
  )
}
