"""Reads PyTorch's legacy serialisation (before 1.6) into numpy arrays, without PyTorch.

The file is a run of pickles: magic number, protocol version, facts about the machine, the object, the list of storage
keys; then each storage as an int64 element count and its little-endian elements. The unpickler knows the four names
that a state dictionary needs and refuses every other, so that the file cannot run code.
"""

import collections
import io
import pickle
import struct

import numpy as np

MAGIC = 0x1950A86A20F9469CFC6C
VERSION = 1001
STORAGES = {"FloatStorage": np.dtype("<f4"), "LongStorage": np.dtype("<i8")}


class _Tensor:
    def __init__(self, storage, offset, size, stride):
        self.storage, self.offset, self.size, self.stride = storage, offset, size, stride


class _Unpickler(pickle.Unpickler):
    def find_class(self, module, name):
        if (module, name) == ("collections", "OrderedDict"):
            return collections.OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return lambda storage, offset, size, stride, *_: _Tensor(storage, offset, size, stride)
        if module == "torch" and name in STORAGES:
            return STORAGES[name]
        raise pickle.UnpicklingError(f"{module}.{name} has no place in a state dictionary")

    def persistent_load(self, identifier):
        kind, dtype, key, _location, count, _view = identifier
        if kind != "storage":
            raise pickle.UnpicklingError(f"unknown persistent object {kind}")
        return key, dtype, count


def read_state_dictionary(data):
    """The tensors of a state dictionary by name."""
    file = io.BytesIO(data)
    if _Unpickler(file).load() != MAGIC or _Unpickler(file).load() != VERSION:
        raise ValueError("not a legacy PyTorch file")
    _Unpickler(file).load()
    state = _Unpickler(file).load()
    keys = _Unpickler(file).load()
    dtypes = {t.storage[0]: t.storage[1] for t in state.values()}
    storages = {}
    for key in keys:
        (count,) = struct.unpack("<q", file.read(8))
        storages[key] = np.frombuffer(file.read(count * dtypes[key].itemsize), dtype=dtypes[key], count=count)

    def array(tensor):
        elements = storages[tensor.storage[0]][tensor.offset :]
        reach = 1 + sum((n - 1) * s for n, s in zip(tensor.size, tensor.stride))
        if reach > elements.size:
            raise ValueError("a tensor reaches past its storage")
        strides = [s * elements.itemsize for s in tensor.stride]
        view = np.lib.stride_tricks.as_strided(elements, tensor.size, strides, writeable=False)
        return np.ascontiguousarray(view)

    return {name: array(tensor) for name, tensor in state.items()}
