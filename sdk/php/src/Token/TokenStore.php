<?php

declare(strict_types=1);

namespace Comserv\Token;

/**
 * Keeps tokens where other processes find them, so that not every page fetches one. An entry holds an access token and
 * is signed: keep it as private as the client secret.
 */
interface TokenStore
{
    /**
     * The entry that was written under this name last.
     *
     * @return string|null null if there is none
     */
    public function read(string $name): ?string;

    /** @param int $seconds how long it is of use */
    public function write(string $name, #[\SensitiveParameter] string $entry, int $seconds): void;
}
