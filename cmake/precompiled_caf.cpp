// Carries the precompiled header of the targets that see CAF.
