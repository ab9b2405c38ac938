import { MantineProvider } from '@mantine/core'
import { QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider, type RouterProviderProps } from 'react-router'
import { queryClient } from './api/query-client.ts'
import { PasswordAgain } from './session/password-again.tsx'
import { styleNonce } from './site.ts'
import { cssVariables, theme } from './theme.ts'

export function App({ router }: Pick<RouterProviderProps, 'router'>) {
  return (
    <MantineProvider
      theme={theme}
      cssVariablesResolver={cssVariables}
      defaultColorScheme="auto"
      getStyleNonce={() => styleNonce}
    >
      <QueryClientProvider client={queryClient}>
        <RouterProvider router={router} />
        <PasswordAgain />
      </QueryClientProvider>
    </MantineProvider>
  )
}
