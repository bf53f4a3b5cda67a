// Carries the precompiled header of the layers that do not see CAF.
