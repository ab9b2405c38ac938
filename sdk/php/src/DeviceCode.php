<?php

declare(strict_types=1);

namespace Comserv;

/** What a person is shown, to type it into a browser on any device. */
final class DeviceCode
{
    /**
     * @param string $verificationUriComplete the same with the code in it: for a link or a QR code
     * @param int $expiresInSeconds
     */
    public function __construct(
        public readonly string $userCode,
        public readonly string $verificationUri,
        public readonly string $verificationUriComplete,
        public readonly int $expiresInSeconds,
    ) {
    }

    public function __toString(): string
    {
        return "To sign in, open {$this->verificationUri} in a browser and enter the code {$this->userCode}.";
    }
}
