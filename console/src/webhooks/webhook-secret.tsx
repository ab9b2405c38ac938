import { Alert, Anchor, Button, Group, Paper, Stack, Text } from '@mantine/core'
import type { WebhookWithSecret } from 'comserv'
import { Link } from 'react-router'
import { Shown } from '../credentials/secret-shown.tsx'
import { Icon } from '../parts/icon.tsx'
import { useArrival } from '../shell/arrival.tsx'

/** The one time that the secret is seen. */
export function WebhookSecret({ webhook, onDone }: { webhook: WebhookWithSecret; onDone(): void }) {
  useArrival()
  return (
    <Stack gap="lg">
      <Alert
        color="orange"
        variant="outline"
        className="notice"
        icon={<Icon name="warning" />}
        title="The secret is shown this once"
      >
        Copy it into the settings of the receiver before you leave this page. The receiver checks with it that
        a request comes from here.
      </Alert>
      <Paper withBorder p="lg">
        <Shown label="secret" value={webhook.secret} />
      </Paper>
      <Text size="sm">
        <Anchor component={Link} to="/docs/webhooks">
          How a receiver checks the signature
        </Anchor>
        , in JavaScript, Python and PHP.
      </Text>
      <Group>
        <Button onClick={onDone}>I have stored it</Button>
      </Group>
    </Stack>
  )
}
