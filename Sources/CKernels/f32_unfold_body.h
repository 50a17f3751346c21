// Body of ck_f32_unfold; the including file sets LEVEL(name) and the target attribute.
#include "ck_f32_gemm.h"
#include "ck_f32_unfold.h"

#include <string.h>

typedef float LEVEL(unfold_piece) __attribute__((ext_vector_type(16), aligned(4)));
#define PIECE LEVEL(unfold_piece)

void LEVEL(ck_f32_unfold)(const ck_f32_unfold_source *source, size_t channels, size_t column, size_t count,
                          float *packed)
{
    enum { width = ck_f32_gemm_columns, piece = 16 };
    const size_t depth = channels * source->tap_count;
    size_t row = 0;
    for (size_t done = 0; done < count; done += width, packed += depth * width) {
        const size_t wide = count - done < width ? count - done : width;
        // Nothing that was in memory before may reach the arithmetic as a denormal or NaN.
        if (wide < width) memset(packed, 0, depth * width * sizeof(float));
        // Runs of positions within an output row, cut into pieces: where each starts in the panel and in the input.
        size_t target[width], offset[width], pieces = 0;
        for (size_t i = 0; i < wide;) {
            const size_t left = source->width - column;
            const size_t run = left < wide - i ? left : wide - i;
            for (size_t j = 0; j < run; j += piece, pieces++) {
                target[pieces] = i + j;
                offset[pieces] = row * source->row_step + column + j;
            }
            i += run;
            column += run;
            if (column == source->width) column = 0, row++;
        }
        float *out = packed;
        for (size_t c = 0; c < channels; c++)
            for (size_t t = 0; t < source->tap_count; t++, out += width) {
                const float *in = source->spread + c * source->channel_step + source->taps[t];
                for (size_t i = 0; i < pieces; i++) *(PIECE *)(out + target[i]) = *(const PIECE *)(in + offset[i]);
            }
    }
}
#undef PIECE
