import { Alert, Button, Code, Group, Text } from '@mantine/core'
import { problemOf } from '../api/problem.ts'
import { rich } from '../i18n/rich.ts'
import { t } from '../i18n/t.ts'
import { Icon } from './icon.tsx'
import './problem-alert.css'

/** The API's error, with the request id to find in the log. */
export function ProblemAlert({
  error,
  retry,
  words = (details) => details,
}: {
  error: unknown
  retry?: () => void
  /** Where the page has other words than the API. */
  words?: (details: string) => string
}) {
  const { message, details, requestId, status } = problemOf(error)
  return (
    <Alert
      role="alert"
      color="red"
      variant="outline"
      className="problem"
      title={message}
      icon={<Icon name="warning" />}
    >
      <Text size="sm">{words(details)}</Text>
      <Group mt="xs" gap="sm">
        {retry && (
          <Button size="xs" variant="default" onClick={retry}>
            {t('Try again')}
          </Button>
        )}
        {requestId !== undefined && (status ?? 500) >= 500 && (
          <Text size="xs" c="dimmed">
            {rich('Request id <code/>', { code: <Code>{requestId}</Code> })}
          </Text>
        )}
      </Group>
    </Alert>
  )
}
