// Body of ck_u8_table without byte permutations.
void LEVEL(ck_u8_table)(const uint8_t *table, const uint8_t *x, uint8_t *y, size_t count)
{
    for (size_t i = 0; i < count; i++) y[i] = table[x[i]];
}
