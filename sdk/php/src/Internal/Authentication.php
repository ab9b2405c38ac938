<?php

declare(strict_types=1);

namespace Comserv\Internal;

/**
 * How requests are authenticated.
 *
 * @internal
 */
interface Authentication
{
    /** @return array<string, string> */
    public function headers(string $method): array;

    /**
     * Called once, when a request was refused.
     *
     * @param array<string, string> $sent the headers that it carried
     * @return bool whether other headers may do better
     */
    public function renew(int $status, string $method, #[\SensitiveParameter] array $sent): bool;
}
