package io.specoffload.backend.cuda;

/** Where a copy goes from and to. */
public enum CudaCopy {
    /** Pinned host memory to the device. */
    PINNED_TO_DEVICE,
    /** The device to pinned host memory. */
    PINNED_TO_HOST,
    /** Ordinary host memory to the device. */
    PAGEABLE_TO_DEVICE,
    /** The device to ordinary host memory. */
    PAGEABLE_TO_HOST,
    /** One place of the device's memory to another: each byte is read and written. */
    WITHIN_DEVICE
}
