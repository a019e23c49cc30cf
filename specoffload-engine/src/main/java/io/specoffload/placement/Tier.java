package io.specoffload.placement;

/** A kind of memory, the fastest first. */
public enum Tier {
    /** Memory of an accelerator. */
    DEVICE,
    /** Main memory. */
    HOST,
    /** The model's file; read when needed. */
    DISK
}
