import { Anchor, Button, Text } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import type { Webhook } from 'comserv'
import { Link } from 'react-router'
import { comserv } from '../api/client.ts'
import { t } from '../i18n/t.ts'
import { noticeOfProblem } from '../parts/notice.ts'
import { receiverPath } from './receivers.ts'

/** Under the URL of a new webhook: makes a receiver on this server and takes its URL. */
export function UseTestReceiver({ onMade }: { onMade(url: string): void }) {
  const making = useMutation({
    mutationFn: async () => {
      const receiver = await comserv.testReceivers.create()
      if (!receiver) throw new Error('The receiver was not shown.')
      return receiver.url
    },
    onSuccess: onMade,
    onError: (error) => noticeOfProblem(t('Not done'), error),
  })
  return (
    <Text size="sm" mt={-12}>
      {t('No receiver yet?')}{' '}
      <Button
        size="compact-sm"
        variant="subtle"
        px={4}
        loading={making.isPending}
        onClick={() => making.mutate()}
      >
        {t('Use a test receiver')}
      </Button>
    </Text>
  )
}

/** The test receiver of the person that has this URL; undefined for any other receiver. */
export function useReceiverOf({ url }: Pick<Webhook, 'url'>): string | undefined {
  const { data } = useQuery({
    queryKey: ['test-receivers', 'list'],
    queryFn: async () => (await comserv.testReceivers.list({ limit: 100 })).data,
    enabled: url.includes('/test-receiver/'),
  })
  const receiver = data?.find((one) => one.url === url)
  return receiver && `${receiverPath}/${receiver.id}`
}

export function ReceiverLink({ to }: { to: string }) {
  return (
    <Anchor component={Link} to={to}>
      {t('Test receiver')}
    </Anchor>
  )
}
