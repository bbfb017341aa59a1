"""The compiled reader is optional: without a C compiler the same rows come from pure Python."""

from setuptools import Extension, setup

setup(
    ext_modules=[
        Extension(
            "hygge_sqlite._reader",
            ["src/hygge_sqlite/_reader.c"],
            py_limited_api=True,
            optional=True,
            extra_compile_args=["-O2", "-std=c11"],
            libraries=["m", "dl"],
        )
    ],
    options={"bdist_wheel": {"py_limited_api": "cp311"}},
)
